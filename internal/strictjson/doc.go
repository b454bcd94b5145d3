// Package strictjson reads JSON of strangers: what two readers could take for two different things is an error.
//
// It owns how a body is read and the check of its one object. It does not own what the object means (the doors say that), nor how an answer is
// written.
package strictjson
