package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
)

// The files of a sandbox's folder.
const (
	infoName      = "sandbox.json"
	logName       = "sandbox.log"
	lockName      = "sandbox.lock"
	configName    = "restore.hcl"
	sshConfigName = "ssh_config"
	knownName     = "known_hosts"
	keyName       = "id_ed25519"
)

// ErrNone says that a folder holds no sandbox that is up.
var ErrNone = errors.New("there is no sandbox")

// Info is what sandbox.json says, which is there for as long as the sandbox is up.
type Info struct {
	// Dir is the sandbox's folder.
	Dir string `json:"dir"`
	// PID is the process that holds the sandbox; Daemon says that it does nothing else.
	PID    int  `json:"pid"`
	Daemon bool `json:"daemon"`
	// Cluster is Aurora's name for it.
	Cluster string `json:"cluster"`
	// ZooKeeper and Master are addresses, host:port.
	ZooKeeper string     `json:"zookeeper"`
	Master    string     `json:"master"`
	Hosts     []HostInfo `json:"hosts"`
}

// HostInfo says where a host is.
type HostInfo struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	// Root is the host's folder, and the home folder of its user.
	Root string `json:"root"`
	// HostKey is the key of its SSH server, as in authorized_keys.
	HostKey string `json:"host_key"`
}

func newInfo(o *Options, n network, daemon bool) Info {
	return Info{Dir: o.Dir, PID: os.Getpid(), Daemon: daemon, Cluster: o.ClusterName, ZooKeeper: n.zooKeeper(), Master: n.master()}
}

// Load reads where the sandbox of a folder is. ErrNone says that there is none.
func Load(dir string) (Info, error) {
	var i Info
	dir, err := filepath.Abs(dir)
	if err != nil {
		return i, err
	}
	text, err := os.ReadFile(filepath.Join(dir, infoName))
	if errors.Is(err, fs.ErrNotExist) {
		return i, fmt.Errorf("%w that is up in %s", ErrNone, dir)
	}
	if err != nil {
		return i, fmt.Errorf("the sandbox in %s: %w", dir, err)
	}
	if err := json.Unmarshal(text, &i); err != nil {
		return i, fmt.Errorf("the sandbox in %s: %s is damaged: %w", dir, infoName, err)
	}
	if i.Dir != dir {
		return i, fmt.Errorf("the sandbox in %s was made in %s; a sandbox can't be moved", dir, i.Dir)
	}
	return i, nil
}

// write writes sandbox.json in a single step, which says that the sandbox is up.
func (i *Info) write() error {
	text, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	temp := filepath.Join(i.Dir, "."+infoName)
	if err := os.WriteFile(temp, append(text, '\n'), 0o644); err != nil { //nolint:gosec // No secrets in it.
		return err
	}
	return os.Rename(temp, filepath.Join(i.Dir, infoName))
}

func (i *Info) remove() error {
	if i.Dir == "" {
		return nil
	}
	if err := os.Remove(filepath.Join(i.Dir, infoName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// writeFiles writes what the operator's side needs: the SSH client's files and a configuration.
func (c *Cluster) writeFiles() error {
	var sshConfig, known bytes.Buffer
	path := func(name string) string { return filepath.Join(c.info.Dir, name) }
	for _, h := range c.info.Hosts {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(h.HostKey))
		if err != nil {
			return fmt.Errorf("the host key of %s: %w", h.Name, err)
		}
		address := fmt.Sprintf("%s:%d", h.Address, SSHPort)
		fmt.Fprintln(&known, knownhosts.Line([]string{knownhosts.Normalize(address)}, key))
		fmt.Fprintf(&sshConfig, "Host %s\n  HostName %s\n  Port %d\n  User %s\n  IdentityFile %s\n  IdentitiesOnly yes\n  UserKnownHostsFile %s\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n\n",
			h.Name, h.Address, SSHPort, hostsim.CurrentUser(), path(keyName), path(knownName))
	}
	for _, f := range []struct {
		name, text string
		mode       os.FileMode
	}{
		{keyName, string(c.keyText), 0o600},
		{keyName + ".pub", string(ssh.MarshalAuthorizedKey(c.key.PublicKey())), 0o644},
		{knownName, known.String(), 0o644},
		{sshConfigName, sshConfig.String(), 0o644},
		{configName, c.config(), 0o644},
	} {
		if err := writeFile(path(f.name), f.text, f.mode); err != nil {
			return fmt.Errorf("the sandbox's files: %w", err)
		}
	}
	return nil
}

// config is a configuration for this sandbox.
func (c *Cluster) config() string {
	var quoted []string
	for _, n := range c.names() {
		quoted = append(quoted, `"`+n+`"`)
	}
	backup := "  # Name a backup here: a file on this machine, or scheduler and name for one in a host's backup_dir.\n  file = \"scheduler-backup\"\n"
	if c.options.Backup != "" {
		backup = fmt.Sprintf("  scheduler = %q\n  name      = %q\n", hostName(1), filepath.Base(c.options.Backup))
	}
	settle, remedy := "", ""
	if c.options.Settle > 0 {
		settle = fmt.Sprintf("    settle = %q\n", c.options.Settle)
	}
	if c.options.Remedy != "" {
		remedy = fmt.Sprintf("  remedy = %q\n", c.options.Remedy)
	}
	return `# Restores the cluster of this sandbox.

cluster {
  schedulers = [` + strings.Join(quoted, ", ") + `]

  connection "ssh" {
    config_file = "` + sshConfigName + `"
  }

  service "systemd" {
    unit = "` + Unit + `"
` + settle + `  }

  flags "debian" {
    settings     = "~/` + settingsPath + `"
    start_script = "~/` + startPath + `"
  }
}

backup {
` + backup + `
  max_age = "unlimited"
}

admin {
  clusters_files = ["~/` + clustersPath + `"]
  hosts_file     = "~/etc/hosts"
}

recovery {
  gate = true
` + remedy + `}
`
}
