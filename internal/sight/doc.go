// Package sight says what somebody may see of others: everything, what concerns some platforms, or only themselves; and
// shows facts as they are then seen. Every door that lists or answers questions about people goes by it, so that what one
// hides no other shows.
//
// It does not own who is asking (internal/signin), what they may change (internal/change), what access says (access), or how
// a door writes what is seen (internal/api).
package sight
