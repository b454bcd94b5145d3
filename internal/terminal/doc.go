// Package terminal lays text out for people: widths that hold for every script, wrapping, tables, trees, colour.
//
// It owns how text looks and nothing of what it says. It does not find out whether it writes to a terminal; the caller
// says so.
package terminal
