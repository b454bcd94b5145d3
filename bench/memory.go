package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
)

const mebibyte = 1 << 20

// heap is what lives on the heap, in MiB.
func heap() float64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc) / mebibyte
}

// allocated is what one operation of a run takes from the heap, in KiB.
func allocated(r run) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	consume(r.pass())
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / float64(r.n) / 1024
}

// peakMemory is the most that the process ever had resident, in MiB; where the system does not say, what the
// runtime obtained from it.
func peakMemory() float64 {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		if peak := statusField(status, "VmHWM:"); peak > 0 {
			return peak
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.Sys) / mebibyte
}

// statusField is a size that Linux states about a process, in MiB; 0 where it does not.
func statusField(status []byte, name string) float64 {
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == name {
			if kib, err := strconv.Atoi(string(fields[1])); err == nil {
				return float64(kib) / 1024
			}
		}
	}
	return 0
}
