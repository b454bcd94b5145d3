// Package server is what surrounds the product when it runs: its configuration, its data folder, its HTTP shell, its
// numbers and its own health.
//
// It owns: Settings and their sources (flags > environment > file > defaults), the rules without which a start is
// refused, the Folder with its marker, lock and signing key, the Router whose every route names an operation, the shell
// around each request (path rules, request ids, limits, headers, log, panics), TLS with reload, the graceful stop,
// metrics and health, the checks of doctor, and the socket on which an operator of the host breaks the glass.
//
// It does not own what is answered: doors are handed in as routes, and what they count and hold as functions.
package server
