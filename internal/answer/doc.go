// Package answer turns what access says into the answers that people and programs get, which are the types of package
// client. The command line fills them from a file and the server from its state, so that both give the same answer to
// the same question.
//
// It owns how a question's words are read (a permission with or without its platform, a level that is too low), the
// sentences of why, what a name was most likely meant for, how differences are joined and summed up. It does not own any
// decision (access), nor where facts come from: those are a Facts.
package answer
