package planner

import (
	"cmp"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// The flags that a restore reads or changes (Aurora's SchedulerMain).
const (
	flagClusterName     = "cluster_name"
	flagServerset       = "serverset_path"
	flagZKEndpoints     = "zk_endpoints"
	flagZKChroot        = "zk_chroot_path"
	flagLogPath         = "native_log_file_path"
	flagLogGroup        = "native_log_zk_group_path"
	flagQuorum          = "native_log_quorum_size"
	flagBackupDir       = "backup_dir"
	flagHTTPPort        = "http_port"
	flagIP              = "ip"
	flagHostname        = "hostname"
	flagMaster          = "mesos_master_address"
	flagRegistration    = "max_registration_delay"
	flagLeading         = "max_leading_duration"
	flagReconciliation  = "reconciliation_initial_delay"
	flagAuthentication  = "http_authentication_mechanism"
	authenticationOff   = "NONE"
	masterNowhere       = "zk://localhost:1111/mesos/master"
	defaultLeading      = 24 * time.Hour
	defaultRegistration = time.Minute
)

// Flag returns the named flag as it is written on the host.
func (h *Host) Flag(name string) (Flag, bool) {
	for _, f := range h.Settings.Flags {
		if f.Name == name {
			return f, true
		}
	}
	return Flag{}, false
}

// value is the written value of a flag, or what the scheduler takes where none is written.
func (h *Host) value(name string) string {
	if f, ok := h.Flag(name); ok {
		return f.Value
	}
	switch name {
	case flagQuorum:
		return "1"
	case flagHTTPPort:
		return "0"
	case flagAuthentication:
		return authenticationOff
	}
	return ""
}

// ClusterName is Aurora's name for the cluster.
func (h *Host) ClusterName() string { return h.value(flagClusterName) }

// MesosMaster is the address of the Mesos master as the scheduler is told it.
func (h *Host) MesosMaster() string { return h.value(flagMaster) }

// KerberosService is the scheduler's own principal, without its realm; empty where it has none.
func (h *Host) KerberosService() string {
	service, _, _ := strings.Cut(h.value("kerberos_server_principal"), "@")
	return service
}

// FrameworkNames are the names under which the scheduler may register with Mesos: that of its flag, or the defaults of the releases from
// 0.16 on and of those before.
func (h *Host) FrameworkNames() []string {
	if name := h.value("framework_name"); name != "" {
		return []string{name}
	}
	return []string{"Aurora", "TwitterScheduler"}
}

// HTTPPort is the scheduler's port, 0 where it is random or can't be read.
func (h *Host) HTTPPort() int {
	n, err := strconv.Atoi(h.value(flagHTTPPort))
	if err != nil || n < 0 || n > 65535 {
		return 0
	}
	return n
}

// LogPath is the folder of the host's replica, BackupDir that of its backups.
func (h *Host) LogPath() string { return h.value(flagLogPath) }

// BackupDir is the folder in which the scheduler looks for backups.
func (h *Host) BackupDir() string { return h.value(flagBackupDir) }

// LogUser is who owns the host's log and initialises it: the configured user, where there is one, or the owner of the present log, or
// whoever the scheduler runs as. It is empty where nothing of that is known.
func (h *Host) LogUser(configured string) string {
	return cmp.Or(configured, h.Replica.Owner, h.Process.User)
}

// IP is the address that the scheduler listens on, empty for all.
func (h *Host) IP() string { return h.value(flagIP) }

// Aliases are the names under which ZooKeeper may know this scheduler.
func (h *Host) Aliases() []string {
	var names []string
	for _, n := range append([]string{h.Name, h.value(flagHostname), h.IP()}, h.Names...) {
		if n != "" {
			names = append(names, n)
		}
	}
	return names
}

// ElectionPath is where the cluster's schedulers elect their leader, and Endpoints the ZooKeeper servers that hold it.
func (h *Host) ElectionPath() (endpoints []string, znode string) {
	for e := range strings.SplitSeq(h.value(flagZKEndpoints), ",") {
		if e = strings.TrimSpace(e); e != "" {
			endpoints = append(endpoints, e)
		}
	}
	znode = path.Join("/", h.value(flagZKChroot), h.value(flagServerset))
	return endpoints, znode
}

// LogGroup is where the replicas of the log find each other in ZooKeeper.
func (h *Host) LogGroup() string { return h.value(flagLogGroup) }

// FlagZKCredentials holds the secret user:password of the schedulers' sessions with ZooKeeper.
const FlagZKCredentials = "zk_digest_credentials" //nolint:gosec // The name of a flag.

// LockPath is where the cluster's lock is kept in ZooKeeper: beside what Aurora keeps there, below the same chroot.
func (h *Host) LockPath() (endpoints []string, znode string) {
	endpoints, _ = h.ElectionPath()
	name := url.PathEscape(strings.Trim(path.Clean(h.value(flagServerset)), "/"))
	return endpoints, path.Join("/", h.value(flagZKChroot), "restorectl", name)
}

// RunFolder is the folder on a host that holds the folders of all runs.
func (p *Plan) RunFolder(host string) string {
	if f := p.Restore.Cluster.Log.RunFolder; f != "" {
		return f
	}
	for i := range p.Observation.Hosts {
		if h := &p.Observation.Hosts[i]; h.Name == host {
			return RunFolderBeside(h.LogPath())
		}
	}
	return ""
}

// RunFolderBeside is where runs are kept when the configuration names no place: beside the log, on its filesystem.
func RunFolderBeside(logPath string) string { return path.Join(path.Dir(logPath), ".restorectl") }

// auroraDuration writes a duration as Aurora reads it: whole days, minutes or seconds.
func auroraDuration(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return strconv.Itoa(int(d/(24*time.Hour))) + "days"
	case d%time.Minute == 0:
		return strconv.Itoa(int(d/time.Minute)) + "mins"
	default:
		return strconv.Itoa(int(d/time.Second)) + "secs"
	}
}

// parseAuroraDuration reads digits and one of Aurora's units; ok is false for anything else.
func parseAuroraDuration(s string) (d time.Duration, ok bool) {
	units := map[string]time.Duration{
		"ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond, "secs": time.Second,
		"mins": time.Minute, "hrs": time.Hour, "days": 24 * time.Hour,
	}
	i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if i <= 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	unit, known := units[s[i:]]
	if err != nil || !known || n > int64((1<<63-1)/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// RunID is a run's id: the beginning of its plan's digest, since a plan runs once.
func RunID(digest string) string { return short(digest) }
