package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCases checks what 500 cases go through: every event of every scenario's journal but the rare ones', every kind of fault, and
// the events of a restore with more than one kind each.
func TestCases(t *testing.T) {
	shares := 0
	for _, s := range scenarios() {
		shares += s.share
	}
	if shares != 10 {
		t.Fatalf("the shares make %d", shares)
	}
	byEvent, byKind := map[string]map[string]bool{}, map[string]int{}
	pairs := 0
	for seed := range uint64(500) {
		c := newCase(seed)
		if diff := cmp.Diff(c.String(), again(seed)); diff != "" {
			t.Fatalf("a seed stands for two cases:\n%s", diff)
		}
		at := fmt.Sprintf("%s %s %d", c.scenario.name, c.hurts, c.event)
		if byEvent[at] == nil {
			byEvent[at] = map[string]bool{}
		}
		byEvent[at][c.faults[0].name] = true
		byKind[c.faults[0].name]++
		pairs += len(c.faults) - 1
	}
	for _, s := range scenarios() {
		covered := 0
		for command, events := range map[string]int{"apply": s.apply, "revert": s.revert} {
			for event := 1; event <= events; event++ {
				n := len(byEvent[fmt.Sprintf("%s %s %d", s.name, command, event)])
				if n > 0 {
					covered++
				}
				if s.name == "restore" && n < 2 {
					t.Errorf("event %d of the %s of a restore has %d kinds", event, command, n)
				}
			}
		}
		if want := min(s.apply+s.revert, 50*s.share); covered != want {
			t.Errorf("%s: %d events are covered, not %d", s.name, covered, want)
		}
	}
	for _, k := range kinds() {
		if byKind[k.name] < 5 {
			t.Errorf("%q comes %d times", k.name, byKind[k.name])
		}
	}
	if pairs < 50 {
		t.Errorf("%d cases have two faults", pairs)
	}
}

func again(seed uint64) string {
	c := newCase(seed)
	return c.String()
}
