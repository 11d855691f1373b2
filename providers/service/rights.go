package service

import (
	"fmt"

	"github.com/restorectl/restorectl/config"
)

// Commands are all commands with which a service is asked and changed with root's rights, for a sudoers rule. A path that begins with ~/
// must have been expanded.
func Commands(c config.Service) ([][]string, error) {
	var all [][]string
	each := func(ops []string, command func(op string) []string) {
		for _, op := range ops {
			all = append(all, command(op))
		}
	}
	switch c.Kind {
	case config.ServiceSystemd:
		all = append(all, []string{"systemctl", "show", "--no-pager", "--property=" + shown, c.Unit})
		each([]string{"start", "stop"}, func(op string) []string { return []string{"systemctl", op, c.Unit} })
		if c.Hold {
			all = append(all, []string{"systemctl", "daemon-reload"}, showing(dropInProperty, c.Unit), showing(folderProperty))
		}
	case config.ServiceUpstart:
		each([]string{"status", "start", "stop"}, func(op string) []string { return []string{"initctl", op, c.Job} })
	case config.ServiceSupervisord:
		each([]string{"status", "pid", "start", "stop"}, func(op string) []string {
			if c.ConfigFile != "" {
				return []string{"supervisorctl", "-c", c.ConfigFile, op, c.Program}
			}
			return []string{"supervisorctl", op, c.Program}
		})
	case config.ServiceSysV:
		all = append(all, []string{c.Script, "status"})
		each([]string{"start", "stop"}, func(op string) []string {
			return []string{"sh", "-c", quietly, "sh", "env", "LC_ALL=C", c.Script, op}
		})
	case config.ServiceCommand:
		all = append(all, c.Status, c.Start, c.Stop)
	default:
		return nil, fmt.Errorf("there is no service of kind %q", c.Kind)
	}
	return all, nil
}
