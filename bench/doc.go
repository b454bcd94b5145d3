// Command bench measures Bailiwick's decision core on workload W, beside what the same data costs at least (the
// floors) and beside other engines (the peers), and holds it to limits: it exits 1 when a figure misses its limit
// or when any two engines differ in an answer.
//
//	go run . [-peers] [-million] [-slack 1] [-only decide,search] [-cpuprofile FILE]
//
// Absolute figures drift from machine to machine, so most limits are ratios: both sides are measured in the same
// process, on the same data and the same stream of questions, turn by turn, and the median of the ratios counts.
// README.md says how the workload is made and how each peer is modelled.
//
// The program is a module of its own so that the peers are nobody else's dependencies.
package main
