// Package lockout slows down those who guess passwords, and nobody else.
//
// It owns the counting of failed sign-ins, how long whoever failed has to wait, and device cookies. It does not own what
// a sign-in is, nor the answer to somebody who has to wait: that one must look like any other refusal.
//
// What is counted, where a sign-in comes from a device that is not known:
//
//   - an account from one network (an IPv4 address, an IPv6 /64): 5 failures are free. One network that guesses locks out
//     itself, not the person.
//   - a network, whatever the account: 100 are free. That is for who tries one password on many accounts.
//   - an account from everywhere: 20 are free. That is for who guesses from many networks.
//
// Beyond that each failure doubles the wait, from one second to a quarter of an hour at most, and a try that was refused
// counts nothing: a wait always ends. Each quarter of an hour forgets one failure. An account that does not exist is
// counted like any other.
//
// A browser that signed in once keeps a device cookie. It gives no right; it is counted alone, 5 failures free, so that
// whatever strangers do, people sign in where they did before. An administrator who has only a new device, while many
// networks guess at the account, opens a link instead of a password; that is not counted here.
//
// Counts are in memory, of one server: with n servers, somebody who guesses has up to n times the tries.
package lockout
