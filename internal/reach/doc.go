// Package reach says where the server may be made to connect: to public addresses, and to networks that the operator lists.
//
// It owns that rule and the HTTP client that keeps it: the address is judged when it is connected to, nothing is followed to
// another host, and no answer is read without end. It does not own who is asked, nor what is said.
package reach
