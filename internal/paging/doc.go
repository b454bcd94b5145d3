// Package paging cuts lists into pages: the sealed text that says where a page ended and the next begins, good only for the
// same question, and the cutting of a sorted list.
//
// It does not own what a list holds and how it is sorted, nor the words in which a door asks for a page (internal/api).
package paging
