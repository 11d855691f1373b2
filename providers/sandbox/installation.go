package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// Unit is the schedulers' systemd unit.
const Unit = "aurora-scheduler"

// The paths of an installation, below its root.
const (
	settingsPath = "etc/default/aurora-scheduler"
	clustersPath = "etc/aurora/clusters.json"
	shiroPath    = "etc/aurora/shiro.ini"
	startPath    = "usr/bin/aurora-scheduler-startup"
	unitPath     = "lib/systemd/system/" + Unit + ".service"
	logPath      = "var/lib/aurora/scheduler/db"
	backupsPath  = "var/lib/aurora/scheduler/backups"
	stderrPath   = "var/log/aurora-scheduler.log"
	serversetAt  = "/aurora/scheduler"
)

// Layout is a way in which schedulers are installed in the field.
type Layout string

// The layouts.
const (
	// Debian has variables in a settings file, of which a start script makes flags.
	Debian Layout = "debian"
	// RPM has the flags as a bash array in a settings file.
	RPM Layout = "rpm"
	// ExecStart has the flags in the systemd unit itself, as development machines have it. The scheduler runs as root.
	ExecStart Layout = "execstart"
)

// Installation is what packages, or whoever installed it by hand, and an operator's settings put on a scheduler's host.
type Installation struct {
	// Layout is how it is installed; empty is Debian.
	Layout Layout
	// Root is the folder that all paths are below; empty is the host's own root.
	Root string
	// Address is where the scheduler and its replica are reached.
	Address string
	// Schedulers is how many there are, ClusterName what Aurora calls them.
	Schedulers  int
	ClusterName string
	// ZooKeeper is the ensemble as -zk_endpoints has it.
	ZooKeeper string
	// User runs the scheduler, who is root where the layout says so.
	User string
	// RestartSec is how long the supervisor waits before it restarts the scheduler.
	RestartSec time.Duration
	// Arguments are flags that have no variable in the settings.
	Arguments string
	// BasicAuth makes the schedulers ask for a user and a password.
	BasicAuth bool
}

// InstalledFile is a file of an installation.
type InstalledFile struct {
	// Name is its path below the root, with no slash before it.
	Name, Text string
	Mode       os.FileMode
}

// Quorum is the right quorum size.
func (i *Installation) Quorum() int { return i.Schedulers/2 + 1 }

// Restart is RestartSec as units have it.
func (i *Installation) Restart() string {
	if i.RestartSec%time.Second == 0 {
		return strconv.Itoa(int(i.RestartSec / time.Second))
	}
	return fmt.Sprintf("%dms", i.RestartSec.Milliseconds())
}

// Ports are those that the files name.
func (i *Installation) Ports() map[string]int {
	return map[string]int{"http": HTTPPort, "replica": ReplicaPort}
}

// Flags are the arguments that stand in the settings.
func (i *Installation) Flags() string {
	if i.BasicAuth {
		return i.Arguments + " -http_authentication_mechanism=BASIC -shiro_ini_path=" + i.Root + "/" + shiroPath
	}
	return i.Arguments
}

// Log is the folder of the replica, below the root.
func (i *Installation) Log() string {
	if i.Layout == ExecStart {
		return "var/db/aurora"
	}
	return logPath
}

// Backups is the folder of the backups, below the root.
func (i *Installation) Backups() string {
	if i.Layout == ExecStart {
		return "var/lib/aurora/backups"
	}
	return backupsPath
}

// Files gives the files. Who writes them also enables the unit.
func (i *Installation) Files() ([]InstalledFile, error) {
	clusters, err := i.clusters()
	if err != nil {
		return nil, err
	}
	files := []InstalledFile{{"usr/sbin/aurora-scheduler", launcherTemplate, 0o755}, {clustersPath, clusters, 0o644}}
	switch i.Layout {
	case RPM:
		files = append(files, InstalledFile{"etc/sysconfig/aurora-scheduler", arrayTemplate, 0o644},
			InstalledFile{startPath, arrayStartTemplate, 0o755}, InstalledFile{unitPath, unitTemplate, 0o644})
	case ExecStart:
		files = append(files, InstalledFile{"etc/systemd/system/" + Unit + ".service", execStartTemplate, 0o644})
	case Debian, "":
		files = append(files, InstalledFile{settingsPath, settingsTemplate, 0o644},
			InstalledFile{startPath, startTemplate, 0o755}, InstalledFile{unitPath, unitTemplate, 0o644})
	default:
		return nil, fmt.Errorf("schedulers are not installed in the layout %q", i.Layout)
	}
	if i.BasicAuth {
		files = append(files, InstalledFile{shiroPath, shiroTemplate, 0o640},
			InstalledFile{".netrc", "default login " + BasicUser + " password " + BasicPassword + "\n", 0o600})
	}
	for n := range files {
		if files[n].Text, err = rendered(files[n].Name, files[n].Text, i); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// rendered is a file's template with its values.
func rendered(name, text string, values any) (string, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, values)
	return b.String(), err
}

// clusters is the text of clusters.json.
func (i *Installation) clusters() (string, error) {
	auth := "UNAUTHENTICATED"
	if i.BasicAuth {
		auth = "BASIC"
	}
	var hosts []string
	for server := range strings.SplitSeq(i.ZooKeeper, ",") {
		host, _, _ := strings.Cut(server, ":")
		hosts = append(hosts, host)
	}
	type entry struct {
		Name          string `json:"name"`
		ZK            string `json:"zk"`
		ZKPort        int    `json:"zk_port"`
		Path          string `json:"scheduler_zk_path"`
		AuthMechanism string `json:"auth_mechanism"`
		SlaveRoot     string `json:"slave_root"`
		SlaveRun      string `json:"slave_run_directory"`
	}
	text, err := json.MarshalIndent([]entry{{i.ClusterName, strings.Join(hosts, ","), ZooKeeperPort, serversetAt, auth, "/var/lib/mesos", "latest"}}, "", "  ")
	return string(text) + "\n", err
}
