package config

import (
	"path"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// The kinds of places where a scheduler's flags are written.
const (
	FlagsDebian  = "debian"
	FlagsRPM     = "rpm"
	FlagsSystemd = "systemd"
	FlagsArgFile = "argfile"
)

// flagsAttributes are the attributes of each kind.
var flagsAttributes = map[string][]string{
	FlagsDebian: {"settings", "start_script"}, FlagsRPM: {"settings", "start_script"}, FlagsSystemd: {"unit", "drop_in"}, FlagsArgFile: {"path"},
}

// defaultFlags are flags of a kind where nothing else was written: as Aurora's packages have them.
func defaultFlags(kind string) Flags {
	const script = "/usr/bin/aurora-scheduler-startup"
	switch kind {
	case FlagsDebian:
		return Flags{Kind: kind, Settings: "/etc/default/aurora-scheduler", StartScript: script}
	case FlagsSystemd:
		return Flags{Kind: kind, Unit: "aurora-scheduler"}
	case FlagsRPM:
		return Flags{Kind: kind, Settings: "/etc/sysconfig/aurora-scheduler", StartScript: script}
	}
	return Flags{Kind: kind}
}

func (d *decoder) flags(b *hcl.Block, f *Flags) {
	*f = defaultFlags(d.kind(b, FlagsDebian, FlagsRPM, FlagsSystemd, FlagsArgFile))
	targets := []struct {
		name   string
		target *string
	}{{"settings", &f.Settings}, {"start_script", &f.StartScript}, {"path", &f.Path}, {"drop_in", &f.DropIn}, {"unit", &f.Unit}}
	var names []string
	for _, t := range targets {
		names = append(names, t.name)
	}
	a, _ := d.content(b.Body, names)
	for _, t := range targets {
		if own, known := flagsAttributes[f.Kind]; known && a[t.name] != nil && !slices.Contains(own, t.name) {
			d.fail(a[t.name].Range, "Impossible combination", "flags %q has no %s. Take it out, or write the right kind.", f.Kind, t.name)
			continue
		}
		if t.name == "unit" {
			d.value(a, t.name, t.target)
		} else {
			d.remote(a, t.name, t.target)
		}
	}
	if f.DropIn != "" && (path.Ext(f.DropIn) != ".conf" || path.Ext(path.Dir(f.DropIn)) != ".d") {
		d.fail(a["drop_in"].Expr.Range(), "Not a drop-in", "systemd reads %q for no unit: a drop-in is a file such as /etc/systemd/system/%s.service.d/restore.conf.", f.DropIn, f.Unit)
	}
	if f.Kind == FlagsArgFile {
		d.need(a, b, "path", "Name the file with one argument a line.")
	}
}
