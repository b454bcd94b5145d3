// Package check holds the examples of Compose and Kubernetes to their schemas, and the configuration in them to the server's own reader.
//
// It owns these checks only, and is a module of its own so that the schemas' many dependencies are not the program's.
package check
