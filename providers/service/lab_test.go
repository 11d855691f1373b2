//go:build linux

package service_test

import (
	"os"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/lab"
	"github.com/restorectl/restorectl/providers/service/servicetest"
)

func TestMain(m *testing.M) {
	if code, ended := lab.Enter(); ended {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// scheduler is what stands for a scheduler on a real host: a process with a scheduler's command line, which waits for nothing.
const (
	scheduler     = "#!/bin/sh\nread never <>/run/fifo\n"
	schedulerPath = "/usr/local/bin/pretender"
	commandLine   = schedulerPath + " org.apache.aurora.scheduler.app.SchedulerMain -http_port=8081 -cluster_name=west"
)

const labUnit = `[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=` + commandLine + `
User=aurora
Restart=always
RestartSec=2
[Install]
WantedBy=multi-user.target
`

const labProgram = `[program:aurora-scheduler]
command=` + commandLine + `
user=aurora
autostart=false
autorestart=true
startsecs=0
stopwaitsecs=1
`

const labInitScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          init-scheduler
# Required-Start:
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
### END INIT INFO
pidfile=/run/init-scheduler.pid
case $1 in
start) start-stop-daemon --start --oknodo --background --make-pidfile --pidfile $pidfile --chuid aurora --startas ` + schedulerPath + ` -- ` +
	`org.apache.aurora.scheduler.app.SchedulerMain -http_port=8081 -cluster_name=west ;;
stop) start-stop-daemon --stop --oknodo --retry 10 --remove-pidfile --pidfile $pidfile ;;
status) start-stop-daemon --status --pidfile $pidfile ;;
*) exit 2 ;;
esac
`

// TestLabContract runs the suite on a real host, over SSH: on systemd, on Debian's supervisord, and on an init script with systemd beside it.
func TestLabContract(t *testing.T) {
	l := lab.New(t, 1)
	h := l.Hosts[0]
	for name, text := range map[string]string{
		schedulerPath: scheduler, "/etc/systemd/system/aurora-scheduler.service": labUnit,
		"/etc/supervisor/conf.d/aurora-scheduler.conf": labProgram, "/etc/init.d/init-scheduler": labInitScript,
	} {
		if err := h.Write(name, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	l.Boot(t)
	for _, command := range []string{"mkfifo -m 666 /run/fifo", "systemctl enable aurora-scheduler", "systemctl start supervisor"} {
		if _, err := h.Run(t.Context(), strings.Fields(command)...); err != nil {
			t.Fatal(err)
		}
	}
	over := l.Connect(t, h)
	installed := func(t *testing.T) string {
		files, err := h.Listing("/etc")
		if err != nil {
			t.Fatal(err)
		}
		enabled, err := h.Run(t.Context(), "systemctl", "list-unit-files", "--no-pager", "--no-legend")
		if err != nil {
			t.Fatal(err)
		}
		return files + enabled
	}
	for _, s := range []servicetest.Subject{
		{Restarts: true, Config: config.Service{Kind: config.ServiceSystemd, Unit: "aurora-scheduler"}},
		{Restarts: true, Config: config.Service{Kind: config.ServiceSupervisord, Program: "aurora-scheduler"}},
		{Config: config.Service{Kind: config.ServiceSysV, Script: "/etc/init.d/init-scheduler", PIDFile: "/run/init-scheduler.pid"}},
	} {
		t.Run(s.Config.Kind, func(t *testing.T) {
			s.Host, s.Config, s.Installed = over, within(s.Config), installed
			servicetest.Run(t, s)
		})
	}
	t.Run("hold", func(t *testing.T) {
		servicetest.RunHold(t, servicetest.HoldSubject{
			Subject: servicetest.Subject{Host: over, Installed: installed, Config: within(config.Service{
				Kind: config.ServiceSystemd, Unit: "aurora-scheduler", Hold: true})},
			Parent: "/var/lib/.restorectl", Stride: 12,
		})
	})
}
