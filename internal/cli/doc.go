// Package cli is the command line: bailiwick <command>, its help, its tables, its exit codes.
//
// It owns how questions are typed and how answers are printed, where a server and its token are found, and what is asked
// before something is changed. It does not own any answer: those are package access's, of a file that
// internal/accessfile has read and internal/answer has put into words, or a server's, which package client asks. Nor
// does it own the server: the program passes in what serve, demo, backup, restore, verify and doctor do (World.Server).
//
// # Exit codes
//
//	check, explain      0 allow     1 deny               2 error
//	who-can, what-can   0                                2 error
//	diff, plan          0 no change            3 changes 2 error
//	test                0 all hold  1 some failed        2 the file is wrong
//	backup, restore, verify, doctor
//	                    0           1 something is bad   2 error
//	all others          0                                2 error
//
// # JSON
//
// With -o json or -o yaml every command prints one object, whose keys only ever grow. The types of package client and
// those in answer.go are those keys.
package cli
