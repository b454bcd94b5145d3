package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// measureMillion measures W at a hundred times the size in a process of its own, whose memory is then nothing but
// that, and compares the cost of a change with the smaller size's.
func measureMillion(o options, r *report) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self, "-users=1000000", "-json", "-only=decide,change",
		"-queries="+strconv.Itoa(o.queries), "-rounds="+strconv.Itoa(o.rounds))
	child.Stderr = os.Stderr
	output, err := child.Output()
	if err != nil {
		return err
	}
	var figures []figure
	if err := json.NewDecoder(bytes.NewReader(output)).Decode(&figures); err != nil {
		return fmt.Errorf("reading its figures: %w", err)
	}
	for _, f := range figures {
		if small := r.find(f.Name); small != nil && strings.HasPrefix(f.Name, "a changed") {
			f.note(f.Value/small.Value, "at "+thousands(o.users))
		}
		r.figures = append(r.figures, f)
	}
	return nil
}

func (r *report) find(name string) *figure {
	for i := range r.figures {
		if r.figures[i].Name == name {
			return &r.figures[i]
		}
	}
	return nil
}
