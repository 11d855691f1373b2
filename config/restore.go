package config

import "time"

// Restore is what an operator wrote in restore.hcl: the cluster to restore, the backup to restore it from, and how far the
// procedure may go. It holds wishes only. What is really on the hosts is a planner.Observation, and a field here that can be
// discovered there is empty unless the operator wrote it down; a written value that differs from the discovered one is a
// finding of the plan, not a mistake of the file.
type Restore struct {
	// Path is the file that was read; Digest the lower-case hex SHA-256 of its bytes and those of every variable file.
	Path   string
	Digest string

	Cluster   Cluster
	Backup    Backup
	Isolation Isolation
	Admin     Admin
	Recovery  Recovery
	Procedure Procedure
	Approval  Approval `json:",omitzero"`

	// Sensitive holds the values of sensitive variables, so that they can be kept out of everything that is printed or written. A plan has
	// none of them.
	Sensitive []string
}

// Cluster names the schedulers and how each is reached, run and configured.
type Cluster struct {
	// Name is Aurora's cluster name (flag -cluster_name); empty means as discovered.
	Name       string
	Schedulers []Scheduler
	// Absent names those of the Schedulers whose hosts are dead: they are left alone, and a quorum of the others is worked on.
	Absent []string `json:",omitempty"`
	// HTTPPort, QuorumSize and ServersetPath are checks against what is discovered; zero and empty mean unchecked.
	HTTPPort      int
	QuorumSize    int
	ServersetPath string

	Connection Connection
	Service    Service
	Flags      Flags
	Log        Log
}

// Scheduler is one scheduler instance and its host.
type Scheduler struct {
	// Name identifies the scheduler in plans, journals and messages.
	Name string
	// Address is what the connection dials, host or host:port; it is Name unless written.
	Address string
}

// Connection says how the hosts are reached.
type Connection struct {
	// Kind is "ssh" or "local".
	Kind string
	// User, Port and IdentityFiles override what ConfigFile says for a host; empty and zero mean not overridden.
	User          string
	Port          int
	IdentityFiles []string
	// ConfigFile is an ssh_config(5) file; empty means ~/.ssh/config where that exists.
	ConfigFile string
	// KnownHosts are known_hosts files; empty means what ConfigFile says, else ~/.ssh/known_hosts.
	KnownHosts []string
	// Become is how root's rights are taken on the host: "sudo", "sudo-password" or "none".
	Become string
	// BecomePasswordFile holds, on the operator's machine, the password for "sudo-password"; empty means that it is asked for.
	BecomePasswordFile string `json:",omitempty"`
	// Timeout bounds dialling and the handshake.
	Timeout time.Duration
}

// Service says how the scheduler service is started and stopped.
type Service struct {
	// Kind is one of the Service constants. A field below that is of another kind is empty.
	Kind string
	// Unit is systemd's unit, Job upstart's job, Program supervisord's program (group:program where it is in a group).
	Unit    string `json:",omitempty"`
	Job     string `json:",omitempty"`
	Program string `json:",omitempty"`
	// Hold keeps systemd's unit from starting by itself in the middle of a run, as a boot would have it.
	Hold bool `json:",omitempty"`
	// ConfigFile is supervisord's configuration on the hosts; empty means where supervisorctl looks for it.
	ConfigFile string `json:",omitempty"`
	// Script is the init script on the hosts (kind "sysv"), PIDFile the file in which it keeps the process id.
	Script  string `json:",omitempty"`
	PIDFile string `json:",omitempty"`
	// Start, Stop and Status are the operator's own commands (kind "command"); Status exits 0 while the service runs and
	// prints the main process id on its first line, and exits 3 while it does not run.
	Start, Stop, Status []string
	// StopTimeout and StartTimeout bound the waits for the process to go and to come.
	StopTimeout  time.Duration
	StartTimeout time.Duration
	// Settle is how long a service must stay as it is, started or stopped, before that is believed; zero is DefaultSettle. It must be
	// longer than its supervisor waits before it brings a process back.
	Settle time.Duration
}

// DefaultSettle is the settle time where a service has none.
const DefaultSettle = 3 * time.Second

// SettleTime is Settle or its default.
func (s *Service) SettleTime() time.Duration {
	if s.Settle <= 0 {
		return DefaultSettle
	}
	return s.Settle
}

// Flags says where the scheduler's flags are written.
type Flags struct {
	// Kind is one of the Flags constants. A field below that is of another kind is empty. A leading ~/ in a path is the home folder of
	// the connection's user on the host.
	Kind string
	// Settings is the settings file of Aurora's packages, StartScript the script that makes flags of it.
	Settings    string `json:",omitempty"`
	StartScript string `json:",omitempty"`
	// Unit is systemd's unit. DropIn is the drop-in to edit, which need not be there; empty means the file in which ExecStart= stands.
	Unit   string `json:",omitempty"`
	DropIn string `json:",omitempty"`
	// Path is the argument file.
	Path string `json:",omitempty"`
}

// Log describes the replicated log where it differs from what the flags say.
type Log struct {
	// Path is a check against -native_log_file_path; empty means unchecked.
	Path string
	// User owns the log; empty means the owner of the present log folder.
	User string
	// Tool is the mesos-log program on the hosts, a path or a name on their PATH.
	Tool string
	// RunFolder is where runs keep saved files and quarantines on each host; empty means the folder .restorectl beside the log.
	RunFolder string
}

// Backup chooses the backup file. Exactly one of File, Scheduler, Store and Newest is set.
type Backup struct {
	// File is a backup on the operator's machine.
	File string
	// Scheduler and Name choose a file in the backup_dir of a scheduler, Store and Name one in a store.
	Scheduler string
	Store     string
	Name      string
	// Stores are the places off the cluster where backups are kept.
	Stores []Store
	// Newest chooses the usable backup with the newest snapshot inside, of those in the backup_dirs of all schedulers and in all stores.
	Newest bool
	// MaxAge is how old the snapshot inside may be; zero means any age.
	MaxAge time.Duration
	// Dir is a check against -backup_dir; empty means unchecked.
	Dir string
}

// Isolation says what may still reach a scheduler's HTTP port while it is isolated.
type Isolation struct {
	// Firewall is one of the Firewall constants.
	Firewall string
	// Allow lists addresses and networks in CIDR notation, besides loopback.
	Allow []string
}

// Admin says how recovery calls are made and what else must change for them.
type Admin struct {
	// ClustersFiles are the clusters.json files on the hosts; a leading ~/ is the connection user's home there.
	ClustersFiles []string
	// Authentication is "off" (removed for the time of the restore) or "keep".
	Authentication string
	// KerberosHost is the host name of the schedulers' Kerberos principal, for which each host gets a line in its hosts
	// file that points to loopback; empty means none.
	KerberosHost string
	// HostsFile is the file for that line.
	HostsFile string
	// User and PasswordFile are for BASIC authentication where it is kept; the file is on the operator's machine.
	User         string
	PasswordFile string
	// Kerberos is for SPNEGO where it is kept.
	Kerberos Kerberos
}

// Kerberos says who the operator is to the schedulers. Its files are on the operator's machine. The zero value means nobody.
type Kerberos struct {
	// Keytab holds the key of Principal, name@REALM; without one, CCache is a credential cache that kinit(1) has filled.
	Keytab    string
	Principal string
	CCache    string
	// Config is the krb5.conf(5).
	Config string
	// Service is the schedulers' own principal, such as HTTP/aurora.example.com; empty means what their flag
	// -kerberos_server_principal says.
	Service string
}

// Used says that calls are made with Kerberos.
func (k *Kerberos) Used() bool { return k.Config != "" }

// Recovery says what is done with the staged backup before it is committed.
type Recovery struct {
	// DeleteTasks are ids of tasks to delete from the staged backup.
	DeleteTasks []string
	// Gate makes apply wait for a person before the commit.
	Gate bool
	// Remedy is "auto" (the mildest that is possible), "none", "rebuild-replica", "salvage-log" or "restore-backup".
	Remedy string
}

// Approval says how many persons must have approved a plan before it is applied.
type Approval struct {
	// Required is the number of persons; zero means that no approval is needed.
	Required int
	// AllowedSigners is the file on the operator's machine with those who may approve, in the format of ssh-keygen(1).
	AllowedSigners string
}

// Procedure tunes the order of work.
type Procedure struct {
	// Literal keeps the runbook's extra restart between configuration and reset.
	Literal bool
	// LeaderTimeout bounds the wait for a leader that answers, and the wait for the next one after the commit.
	LeaderTimeout time.Duration
	// RegistrationDelay and ReconciliationDelay are what -max_registration_delay and -reconciliation_initial_delay are set to.
	RegistrationDelay   time.Duration
	ReconciliationDelay time.Duration
}
