// Package fault says what kind of error something is, so that every door can answer in its own protocol without reading
// texts. It owns the kinds and the parts of a good message; it does not own any protocol's status codes.
package fault
