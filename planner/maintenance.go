package planner

import (
	"fmt"
	"strings"
)

// drained are the hosts that the next leader goes on draining: it kills their tasks, and launches them anew elsewhere. From 0.21 on it
// looks every minute for hosts that are DRAINING, and for their requests (MaintenanceController); before, a host was DRAINING when the
// kill of its tasks had begun, which these tell by their own status.
func (b *Backup) drained() map[string]bool {
	hosts := map[string]bool{}
	for _, m := range b.Maintenance {
		if m.Mode == "DRAINING" && m.Requested {
			hosts[m.Host] = true
		}
	}
	return hosts
}

// maxHosts bounds how many hosts a text names.
const maxHosts = 10

// checkMaintenance says which hosts the restore puts into maintenance again.
func checkMaintenance(fs *findings, b *Backup) {
	n := len(b.Maintenance)
	if n == 0 {
		return
	}
	var hosts []string
	for _, m := range b.Maintenance[:min(n, maxHosts)] {
		hosts = append(hosts, m.Host+" ("+m.Mode+")")
	}
	if n > maxHosts {
		hosts = append(hosts, fmt.Sprintf("and %d more; the plan file lists all", n-maxHosts))
	}
	severity, drains := Note, ""
	if len(b.drained()) > 0 {
		severity, drains = Warning, ", and those that the backup has on DRAINING ones are killed"
	}
	fs.add(severity, "hosts-in-maintenance", "", fmt.Sprintf("the restore puts agents' hosts into maintenance again, whatever has become of them since: %s; no tasks are launched on those that are DRAINING or DRAINED%s",
		strings.Join(hosts, ", "), drains), "after the revert compare with what is in maintenance (`aurora_admin host_status`), and end what is over with `aurora_admin host_activate`")
}
