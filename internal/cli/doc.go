// Package cli is the command line: bailiwick <command>, its help, its tables, its exit codes.
//
// It owns how questions are typed and how answers are printed. It does not own any answer: those are package access's,
// of a file that internal/accessfile has read.
//
// # Exit codes
//
//	check, explain      0 allow     1 deny               2 error
//	who-can, what-can   0                                2 error
//	diff                0 no change            3 changes 2 error
//	test                0 all hold  1 some failed        2 the file is wrong
//	all others          0                                2 error
//
// # JSON
//
// With -o json or -o yaml every command prints one object, whose keys only ever grow. The types in answer.go are those
// keys.
package cli
