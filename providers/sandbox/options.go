package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/restorectl/restorectl/providers/backup"
)

// Options describe a sandbox. Only Dir has to be set.
type Options struct {
	// Dir is the sandbox's folder. It must be empty, or not there.
	Dir string `json:"dir"`
	// Schedulers is how many scheduler hosts there are, 1 to 99; zero means 3.
	Schedulers int `json:"schedulers"`
	// ClusterName is Aurora's name for the cluster; empty means west.
	ClusterName string `json:"cluster_name"`
	// Backup is a backup file. It is put into the backup_dir of every host, the Mesos master runs its tasks, and the replicated logs
	// hold its state. Empty means a cluster without tasks, newly initialised.
	Backup string `json:"backup"`
	// NewerTasks is how many tasks were started after the backup was taken: the logs and the Mesos master know them, the backup not.
	NewerTasks int `json:"newer_tasks"`
	// Damage is on how many hosts, from the first, the replicated log is damaged, so that their schedulers don't stay up.
	Damage int `json:"damage"`
	// NoSudo names hosts on which sudo asks for a password.
	NoSudo []string `json:"no_sudo"`
	// BasicAuth makes the schedulers ask for a user and a password: BasicUser and BasicPassword.
	BasicAuth bool `json:"basic_auth"`
	// RestartSec is how long a supervisor waits before it restarts a scheduler; zero means 1 s. The name is systemd's.
	RestartSec time.Duration `json:"restart_sec"`
	// SessionTimeout is the schedulers' -zk_session_timeout; zero means Aurora's default, 15 s.
	SessionTimeout time.Duration `json:"session_timeout"`
	// Settle goes into the configuration as the service's settle; zero leaves it out.
	Settle time.Duration `json:"settle"`
	// Remedy goes into the configuration as the recovery's remedy; empty leaves it out.
	Remedy string `json:"remedy"`
	// Binary is the program that stands for the hosts' commands, and calls Dispatch first of all; empty means this one.
	Binary string `json:"binary"`
	// Patience is how long the cluster may take to come up; zero means a minute.
	Patience time.Duration `json:"patience"`
}

// The user who may do everything where BasicAuth is on. There is also the user reader, with the password r3ader, who may change
// nothing.
const (
	BasicUser     = "admin"
	BasicPassword = "s3cret"
)

// plainPath are the paths that can stand unquoted in shell scripts, unit files and configurations.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9._/+-]+$`)

var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// complete fills in what was left out and checks the rest.
func (o *Options) complete() error {
	var err error
	if o.Dir == "" {
		return errors.New("a sandbox needs a folder")
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return fmt.Errorf("the sandbox's folder: %w", err)
	}
	if !plainPath.MatchString(o.Dir) {
		return fmt.Errorf("the folder %s can't hold a sandbox: its path has characters that shell scripts would have to quote; use letters, digits and ._+-", o.Dir)
	}
	if o.Schedulers == 0 {
		o.Schedulers = 3
	}
	if o.Schedulers < 1 || o.Schedulers > 99 {
		return fmt.Errorf("a sandbox can have 1 to 99 schedulers, and not %d", o.Schedulers)
	}
	if o.Damage < 0 || o.Damage > o.Schedulers {
		return fmt.Errorf("%d of %d logs can't be damaged", o.Damage, o.Schedulers)
	}
	if o.ClusterName == "" {
		o.ClusterName = "west"
	}
	if !plainName.MatchString(o.ClusterName) {
		return fmt.Errorf("%q can't be a cluster's name here; use letters, digits and ._-", o.ClusterName)
	}
	if o.RestartSec == 0 {
		o.RestartSec = time.Second
	}
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	if o.Binary == "" {
		if o.Binary, err = os.Executable(); err != nil {
			return fmt.Errorf("the path of this program can't be found, name it: %w", err)
		}
	}
	if o.Backup == "" {
		return nil
	}
	if o.Backup, err = filepath.Abs(o.Backup); err != nil {
		return fmt.Errorf("the backup: %w", err)
	}
	if err := backup.CheckName(filepath.Base(o.Backup)); err != nil {
		return fmt.Errorf("the backup %s: %w", o.Backup, err)
	}
	return nil
}

// emptyFolder makes the sandbox's folder, which must not hold anything.
func (o *Options) emptyFolder() error {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil { //nolint:gosec // Nothing in it is secret but what says so itself.
		return fmt.Errorf("the sandbox's folder: %w", err)
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return fmt.Errorf("the sandbox's folder: %w", err)
	}
	// The daemon that is starting here has made these already.
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.Name() == logName || e.Name() == lockName })
	switch {
	case len(entries) == 0:
		return nil
	case slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == infoName }):
		return fmt.Errorf("%s holds a sandbox that is up; end it, or choose another folder", o.Dir)
	}
	return fmt.Errorf("%s is not empty (it holds %s); a sandbox needs a folder of its own", o.Dir, entries[0].Name())
}

// readBackup reads the backup whole; nil where there is none.
func (o *Options) readBackup() (*backup.Backup, error) {
	if o.Backup == "" {
		return nil, nil //nolint:nilnil // Documented.
	}
	f, err := os.Open(o.Backup)
	if err != nil {
		return nil, fmt.Errorf("the backup can't be read: %w", err)
	}
	defer func() { _ = f.Close() }() // Only read.
	b, err := backup.Read(f)
	if err != nil {
		return nil, fmt.Errorf("the backup %s: %w", o.Backup, err)
	}
	return b, nil
}
