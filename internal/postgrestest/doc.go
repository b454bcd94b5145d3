// Package postgrestest gives tests a PostgreSQL of their own: started for one test binary, in a folder of its own, reached
// by a unix socket, and gone with the process however that ends. It is for tests only.
//
// It does not install PostgreSQL (make postgres does), and it never uses a server that was there before.
package postgrestest
