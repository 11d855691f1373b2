package config

import (
	"maps"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/hcl/v2"
)

// The kinds of services, after what starts and stops the scheduler.
const (
	ServiceSystemd     = "systemd"
	ServiceSysV        = "sysv"
	ServiceUpstart     = "upstart"
	ServiceSupervisord = "supervisord"
	ServiceCommand     = "command"
)

// serviceAttributes are the attributes that only one kind has.
var serviceAttributes = map[string]string{
	"unit": ServiceSystemd, "hold": ServiceSystemd, "drop_in": ServiceSystemd, "marker": ServiceSystemd, "job": ServiceUpstart, "program": ServiceSupervisord, "config_file": ServiceSupervisord,
	"script": ServiceSysV, "pid_file": ServiceSysV, "start": ServiceCommand, "stop": ServiceCommand, "status": ServiceCommand,
}

// defaultService is a service of a kind in which nothing else was written: the names are those of Aurora's packages.
func defaultService(kind string) Service {
	s := Service{Kind: kind, StopTimeout: 2 * time.Minute, StartTimeout: time.Minute, Settle: DefaultSettle}
	const name = "aurora-scheduler"
	switch kind {
	case ServiceSystemd:
		s.Unit = name
		s.holdByDefault()
	case ServiceUpstart:
		s.Job = name
	case ServiceSupervisord:
		s.Program = name
	case ServiceSysV:
		s.Script, s.PIDFile = "/etc/init.d/"+name, "/var/run/"+name+".pid"
	}
	return s
}

// holdByDefault names the files of a hold on systemd's unit.
func (s *Service) holdByDefault() {
	unit := s.Unit
	if path.Ext(unit) == "" {
		unit += ".service"
	}
	s.DropIn, s.Marker = "/etc/systemd/system/"+unit+".d/zz-restorectl.conf", "/run/restorectl/"+unit
}

// hold reads how a unit is kept from starting by itself.
func (d *decoder) hold(a hcl.Attributes, s *Service) {
	if s.Kind != ServiceSystemd {
		return
	}
	s.holdByDefault()
	held := true
	d.value(a, "hold", &held)
	d.remote(a, "drop_in", &s.DropIn)
	d.remote(a, "marker", &s.Marker)
	if !isDropIn(s.DropIn) {
		d.notDropIn(a["drop_in"], s.DropIn, s.Unit)
	}
	if strings.ContainsFunc(s.Marker, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '%' || r == '\\' }) {
		d.fail(a["marker"].Expr.Range(), "Not a plain path", "marker is %q, which a unit file would read otherwise. Name a path without blanks, %% and backslashes.", s.Marker)
	}
	if !held {
		s.DropIn, s.Marker = "", ""
	}
}

func (d *decoder) service(b *hcl.Block, s *Service) {
	*s = defaultService(d.kind(b, ServiceSystemd, ServiceSysV, ServiceUpstart, ServiceSupervisord, ServiceCommand))
	own := slices.Sorted(maps.Keys(serviceAttributes))
	a, _ := d.content(b.Body, append(slices.Clone(own), "stop_timeout", "start_timeout", "settle"))
	for _, name := range own {
		if kind := serviceAttributes[name]; a[name] != nil && kind != s.Kind {
			d.fail(a[name].Range, "Impossible combination", `%s is for service %q. Take it out, or write service %q.`, name, kind, kind)
			delete(a, name)
		}
	}
	d.word(a, "unit", &s.Unit)
	d.hold(a, s)
	d.word(a, "job", &s.Job)
	d.word(a, "program", &s.Program)
	d.remote(a, "script", &s.Script)
	d.remote(a, "pid_file", &s.PIDFile)
	d.remote(a, "config_file", &s.ConfigFile)
	for _, n := range []struct {
		name   string
		target *[]string
	}{{"start", &s.Start}, {"stop", &s.Stop}, {"status", &s.Status}} {
		if s.Kind == ServiceCommand {
			d.need(a, b, n.name, "Write the program and its arguments as a list.")
		}
		if d.value(a, n.name, n.target) && len(*n.target) == 0 {
			d.fail(a[n.name].Expr.Range(), "Empty command", "%s is empty. Write the program and its arguments as a list.", n.name)
		}
	}
	d.duration(a, "stop_timeout", &s.StopTimeout, nil)
	d.duration(a, "start_timeout", &s.StartTimeout, nil)
	d.duration(a, "settle", &s.Settle, nil)
}
