// Package yamltext reads YAML strictly and knows the place of every value, so that an error can say where.
//
// It owns: parsing with limits, Value (a place in a text) and its typed readers, Problem (where, what is wrong, what
// would be right) and Problems. Unknown keys, duplicate keys, anchors, aliases, merge keys, custom tags and several
// documents in one text are problems: a file of access rights must say one thing.
//
// It does not own what the keys mean: that is rolemodel's and internal/accessfile's.
package yamltext
