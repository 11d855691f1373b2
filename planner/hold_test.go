package planner

import (
	"slices"
	"testing"
)

// TestHold binds every start of a restore to the marker, and takes the hold away after the flags are back and before the service starts.
func TestHold(t *testing.T) {
	r, o := damaged()
	p := New(r, o, noon, "test")
	at := func(p *Plan, id string) int {
		return slices.IndexFunc(p.Steps(), func(s Step) bool { return s.ID == id })
	}
	for _, h := range []string{"a1", "a2", "a3"} {
		hold := at(p, "isolate/"+h+"/hold")
		if hold < at(p, "isolate/"+h+"/block") || hold > at(p, "configure/a1/flags") {
			t.Errorf("%s is held in step %d", h, hold)
		}
		start := p.Steps()[at(p, "start/"+h+"/start")].Action.Service
		if start.Marker == "" || start.Marker != o.Hosts[0].Service.Marker {
			t.Errorf("%s is to start with marker %q", h, start.Marker)
		}
	}
	for last, kind := range map[string]Kind{"commit/confirm": KindRevert, "review/gate": KindRollback} {
		inv, err := Inverse(p, "digest", through(p, last), noon, "test")
		if err != nil || inv.Kind != kind {
			t.Fatalf("%s, %v", inv.Kind, err)
		}
		for _, h := range []string{"a1", "a2", "a3"} {
			release := at(inv, "restore/"+h+"/release")
			if release < at(inv, "restore/"+h+"/restore-flags") || release > at(inv, "start/a1/start") {
				t.Errorf("%s: %s is released in step %d", kind, h, release)
			}
			if marker := inv.Steps()[at(inv, "start/"+h+"/start")].Action.Service.Marker; marker != "" {
				t.Errorf("%s: %s is to start with marker %q", kind, h, marker)
			}
		}
	}
}

func TestWhatCantBeHeld(t *testing.T) {
	for name, c := range map[string]struct {
		authentication string
		held           bool
		unheld         string
		occupied       bool
		severity       Severity
		code           string
	}{
		"held":                          {"off", true, "", false, "", ""},
		"another file in the way":       {"keep", true, "", true, Error, "drop-in-exists"},
		"not held":                      {"off", false, "", false, Warning, "starts-by-itself"},
		"not held, with authentication": {"keep", false, "", false, "", ""},
		"can't be held":                 {"off", false, "it is too old", false, Warning, "starts-by-itself"},
	} {
		r, o := damaged()
		r.Admin.Authentication = c.authentication
		service := &o.Hosts[0].Service
		if service.Occupied, service.Unheld = c.occupied, c.unheld; !c.held {
			service.DropIn, service.Marker = "", ""
		}
		p := New(r, o, noon, "test")
		for _, code := range []string{"drop-in-exists", "starts-by-itself"} {
			found := slices.Contains(codes(p.Findings, c.severity), code)
			if want := c.severity != "" && code == c.code; found != want {
				t.Errorf("%s: finding %s: %t, want %t", name, code, found, want)
			}
		}
		held := slices.ContainsFunc(p.Steps(), func(s Step) bool { return s.ID == "isolate/a1/hold" })
		marked := slices.ContainsFunc(p.Steps(), func(s Step) bool { return s.ID == "start/a1/start" && s.Action.Service.Marker != "" })
		if want := c.held && !p.HasErrors(); held != want || marked != want {
			t.Errorf("%s: held is %t, started by its marker %t", name, held, marked)
		}
	}
}
