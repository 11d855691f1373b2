package planner

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/config"
)

// editsHosts says that the remedy blocks ports and edits files on the hosts. The others leave what runs there as it is, but for a replica.
func (r Remedy) editsHosts() bool { return r == RemedySalvage || r == RemedyRestore }

// checkWithoutBackup is for the remedies that need no backup: that it is no good is worth knowing, and no obstacle.
func checkWithoutBackup(fs *findings, r *config.Restore, o *Observation, remedy Remedy) {
	if p := o.Backup.Problem; p != "" {
		fs.add(Warning, "backup-unusable", "", p, "it is not needed now; choose another one before it is")
	}
	for i := range o.Hosts {
		h := &o.Hosts[i]
		before := len(*fs)
		checkHost(fs, r, h, &Backup{})
		if remedy == RemedyNone || o.sound(&h.Replica) {
			// Nothing is done to this host.
			fs.soften(before)
		}
		before = len(*fs)
		checkEdited(fs, h)
		fs.soften(before)
	}
	checkHoles(fs, o)
	checkAgreement(fs, r, o, remedy)
}

// checkEdited says what keeps a port from being blocked, or a file from being edited.
func checkEdited(fs *findings, h *Host) {
	if h.Problem != "" {
		return
	}
	if h.Firewall.Problem != "" {
		fs.add(Error, "firewall-unusable", h.Name, "the HTTP port can't be blocked: "+h.Firewall.Problem, `install the packet filter, or choose another kind in the block "isolation"`)
	}
	if h.Firewall.Risk != "" {
		fs.add(Warning, "firewall-at-risk", h.Name, h.Firewall.Risk, "let nobody reload it until the revert is done; rules that are gone are noticed at the next look, and put back by the same command")
	}
	if h.Settings.Problem != "" {
		return
	}
	if h.HTTPPort() == 0 {
		fs.add(Error, "http-port-random", h.Name, fmt.Sprintf("-http_port is %q in %s: a random port can be neither blocked nor reached", h.value(flagHTTPPort), h.Settings.Path),
			"set a fixed port, restart the scheduler, and plan again")
	}
	checkClustersFiles(fs, h)
	checkHostsFile(fs, h)
}

func checkClustersFiles(fs *findings, h *Host) {
	name := h.value(flagClusterName)
	for _, f := range h.Clusters {
		switch n := count(f.Names, name); {
		case !f.Exists:
			fs.add(Warning, "clusters-file-missing", h.Name, f.Path+" does not exist", "name the files that aurora_admin reads in admin.clusters_files; without one aurora_admin can't follow the restore")
		case f.Problem != "":
			fs.add(Error, "clusters-file-unreadable", h.Name, f.Problem, "correct the file")
		case n == 0:
			fs.add(Warning, "cluster-not-in-clusters-file", h.Name, fmt.Sprintf("%s has no cluster named %q", f.Path, name), "aurora_admin on this host can't follow the restore; add the cluster if it should")
		case n > 1:
			fs.add(Error, "cluster-twice-in-clusters-file", h.Name, fmt.Sprintf("%s has %d clusters named %q, of which the last one counts", f.Path, n, name), "remove all but one")
		}
	}
}

// checkHostsFile wants the Kerberos host to lead to the host itself where the hosts file names it already: the first line wins.
func checkHostsFile(fs *findings, h *Host) {
	for _, line := range h.HostsFile.Lines {
		address, _, _ := strings.Cut(line, " ")
		if a, err := netip.ParseAddr(address); err == nil && a.IsLoopback() || slices.Contains(h.Names, address) {
			continue
		}
		fs.add(Error, "kerberos-host-elsewhere", h.Name, fmt.Sprintf("%s says %q, so that admin.kerberos_host leads away from this host", h.HostsFile.Path, line),
			"take the line out until the restore is done, or correct kerberos_host")
	}
}

func count(names []string, name string) int {
	n := 0
	for _, s := range names {
		if s == name {
			n++
		}
	}
	return n
}
