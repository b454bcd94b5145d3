// Command picture draws docs/picture/explain.svg, the picture in the README: what the terminal shows for one question,
// from the program's own output.
//
// It owns the drawing only. Run it with go generate; CI fails when the picture is not what the program prints.
package main

//go:generate go run . explain.svg
