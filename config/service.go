package config

import (
	"maps"
	"slices"
	"time"

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
	"unit": ServiceSystemd, "hold": ServiceSystemd, "job": ServiceUpstart, "program": ServiceSupervisord, "config_file": ServiceSupervisord,
	"script": ServiceSysV, "pid_file": ServiceSysV, "start": ServiceCommand, "stop": ServiceCommand, "status": ServiceCommand,
}

// defaultService is a service of a kind in which nothing else was written: the names are those of Aurora's packages.
func defaultService(kind string) Service {
	s := Service{Kind: kind, StopTimeout: 2 * time.Minute, StartTimeout: time.Minute, Settle: DefaultSettle}
	const name = "aurora-scheduler"
	switch kind {
	case ServiceSystemd:
		s.Unit, s.Hold = name, true
	case ServiceUpstart:
		s.Job = name
	case ServiceSupervisord:
		s.Program = name
	case ServiceSysV:
		s.Script, s.PIDFile = "/etc/init.d/"+name, "/var/run/"+name+".pid"
	}
	return s
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
	d.value(a, "hold", &s.Hold)
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
