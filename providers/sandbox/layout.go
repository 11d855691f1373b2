package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
)

// Unit is the schedulers' systemd unit.
const Unit = "aurora-scheduler"

// The paths below a host's folder.
const (
	settingsPath = "etc/default/aurora-scheduler"
	clustersPath = "etc/aurora/clusters.json"
	shiroPath    = "etc/aurora/shiro.ini"
	startPath    = "usr/bin/aurora-scheduler-startup"
	logPath      = "var/lib/aurora/scheduler/db"
	backupsPath  = "var/lib/aurora/scheduler/backups"
	stderrPath   = "var/log/aurora-scheduler.log"
	serversetAt  = "/aurora/scheduler"
)

// hostLayout is what a host's files are made from.
type hostLayout struct {
	Options
	Name, Root, Address string
	// Number counts the hosts from 1.
	Number   int
	Network  network
	Settings string
	Shiro    string
	User     string
	Hosts    []namedAddress
}

type namedAddress struct{ Name, Address string }

// ZooKeeper is the ensemble as flags have it.
func (l *hostLayout) ZooKeeper() string { return l.Network.zooKeeper() }

// Quorum is the right quorum size.
func (l *hostLayout) Quorum() int { return l.Schedulers/2 + 1 }

// Restart is RestartSec as units have it.
func (l *hostLayout) Restart() string {
	if l.RestartSec%time.Second == 0 {
		return strconv.Itoa(int(l.RestartSec / time.Second))
	}
	return fmt.Sprintf("%dms", l.RestartSec.Milliseconds())
}

// Ports are those that the files name.
func (l *hostLayout) Ports() map[string]int {
	return map[string]int{"http": HTTPPort, "replica": ReplicaPort}
}

// write makes the folder of a host. The program is a path of the binary that its commands are links to.
func (l *hostLayout) write(program string) error {
	for _, dir := range []string{"bin", "etc/aurora", "usr/share/aurora", logPath, backupsPath, "var/log", "run"} {
		if err := os.MkdirAll(filepath.Join(l.Root, dir), 0o755); err != nil { //nolint:gosec // As on a real host.
			return err
		}
	}
	for _, name := range commandNames() {
		if err := os.Symlink(program, filepath.Join(l.Root, "bin", name)); err != nil {
			return err
		}
	}
	clusters, err := l.clusters()
	if err != nil {
		return err
	}
	files := []struct {
		name, text string
		mode       os.FileMode
	}{
		{settingsPath, settingsTemplate, 0o644},
		{startPath, startTemplate, 0o755},
		{"usr/sbin/aurora-scheduler", launcherTemplate, 0o755},
		{"lib/systemd/system/" + Unit + ".service", unitTemplate, 0o644},
		{"etc/hosts", hostsTemplate, 0o644},
		{"etc/hostname", "{{.Name}}\n", 0o644},
		{clustersPath, clusters, 0o644},
	}
	if l.BasicAuth {
		files = append(files, struct {
			name, text string
			mode       os.FileMode
		}{shiroPath, shiroTemplate, 0o640}, struct {
			name, text string
			mode       os.FileMode
		}{".netrc", "default login " + BasicUser + " password " + BasicPassword + "\n", 0o600})
	}
	for _, f := range files {
		if err := l.file(f.name, f.text, f.mode); err != nil {
			return err
		}
	}
	link := filepath.Join(l.Root, "etc/systemd/system/multi-user.target.wants", Unit+".service")
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil { //nolint:gosec // As on a real host.
		return err
	}
	return os.Symlink(filepath.Join(l.Root, "lib/systemd/system", Unit+".service"), link)
}

// file writes a file from its template.
func (l *hostLayout) file(name, text string, mode os.FileMode) error {
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, l); err != nil {
		return err
	}
	return writeFile(filepath.Join(l.Root, name), b.String(), mode)
}

func writeFile(path, text string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // As on a real host.
		return err
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

// clusters is the text of clusters.json.
func (l *hostLayout) clusters() (string, error) {
	auth := "UNAUTHENTICATED"
	if l.BasicAuth {
		auth = "BASIC"
	}
	host, _, _ := strings.Cut(l.ZooKeeper(), ":")
	type entry struct {
		Name          string `json:"name"`
		ZK            string `json:"zk"`
		ZKPort        int    `json:"zk_port"`
		Path          string `json:"scheduler_zk_path"`
		AuthMechanism string `json:"auth_mechanism"`
		SlaveRoot     string `json:"slave_root"`
		SlaveRun      string `json:"slave_run_directory"`
	}
	text, err := json.MarshalIndent([]entry{{l.ClusterName, host, ZooKeeperPort, serversetAt, auth, "/var/lib/mesos", "latest"}}, "", "  ")
	return string(text) + "\n", err
}

// layoutOf gives the layout of host i, counted from 1.
func layoutOf(o Options, n network, i int) *hostLayout {
	l := &hostLayout{Options: o, Number: i, Name: hostName(i), Address: n.host(i), Network: n, User: hostsim.CurrentUser()}
	l.Root = filepath.Join(o.Dir, l.Name)
	l.Settings, l.Shiro = filepath.Join(l.Root, settingsPath), filepath.Join(l.Root, shiroPath)
	for j := 1; j <= o.Schedulers; j++ {
		l.Hosts = append(l.Hosts, namedAddress{hostName(j), n.host(j)})
	}
	return l
}

func hostName(i int) string { return fmt.Sprintf("scheduler-%d", i) }

// placeProgram puts the program into the sandbox's folder, so that a new build of it, or its removal, does not change the hosts.
func placeProgram(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // As any folder of programs.
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()                                     // Only read.
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755) //nolint:gosec // A program.
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close() // There is an error to tell already.
		return err
	}
	return out.Close()
}
