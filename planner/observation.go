package planner

import "time"

// Observation is what the providers read from the world at one moment.
type Observation struct {
	Time time.Time `json:"time"`
	// Hosts are those of the schedulers that are not absent.
	Hosts []Host `json:"hosts"`
	// Absent are the schedulers that the operator leaves out.
	Absent []Absent `json:"absent,omitempty"`
	// Election is what the cluster's ZooKeeper says.
	Election Election `json:"election"`
	// Lock is who has the cluster's lock; nil where nobody has.
	Lock *Lock `json:"lock,omitempty"`
	// Backup is the chosen backup, read whole.
	Backup Backup `json:"backup"`
	// Others are those backups besides the chosen one that are newer, have its name and another content, or serve where it does not.
	Others []BackupSight `json:"others,omitempty"`
	// StoreProblems say why stores of the configuration could not be listed, by their names.
	StoreProblems map[string]string `json:"store_problems,omitempty"`
	// Running is what runs now, Jobs what is known of jobs besides.
	Running Running `json:"running"`
	Jobs    Jobs    `json:"jobs"`
	// Log is the state that a readable replica holds, where it was read and does not have to be salvaged.
	Log *LogState `json:"log,omitempty"`
}

// LogState is the scheduler's state as a replica's files tell it.
type LogState struct {
	// Host is the scheduler's, End the replica's last position, Time that of the newest thing in the state.
	Host  string    `json:"host"`
	End   uint64    `json:"end"`
	Time  time.Time `json:"time"`
	Tasks int       `json:"tasks"`
	// Missing counts positions after the last snapshot that the replica lacks.
	Missing uint64 `json:"missing,omitempty"`
}

// Running is what runs now, as the best source that could be asked told.
type Running struct {
	// Source names the source, empty where none could be asked; Mesos says that it is the Mesos master.
	Source string `json:"source,omitempty"`
	Mesos  bool   `json:"mesos,omitempty"`
	// Believed is zero where that is so now, and otherwise when the source, a log or a backup, believed it.
	Believed time.Time `json:"believed,omitzero"`
	// Problems say why better sources could not be asked.
	Problems []string `json:"problems,omitempty"`
	// Skew is how far the source's clock is ahead of the operator's, to a second, as its answer's Date header tells; nil where none does.
	Skew *Duration `json:"skew,omitempty"`
	// Frameworks are those of Mesos that have the backup's framework id or Aurora's name.
	Frameworks []Framework `json:"frameworks,omitempty"`
	// Count is how many Tasks there are. They are only in memory: the plan keeps what the restore does to them.
	Count int    `json:"count"`
	Tasks []Task `json:"-"`
}

// Framework is a framework as the Mesos master knows it.
type Framework struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Connected says that a scheduler holds it now, Completed that it is gone for good.
	Connected bool `json:"connected,omitempty"`
	Completed bool `json:"completed,omitempty"`
	// Registered is when a scheduler last registered for it, zero where the master does not tell.
	Registered time.Time `json:"registered,omitzero"`
	// Unregistered is when its scheduler left, zero where that is not so. The master kills its tasks FailoverTimeout later.
	Unregistered    time.Time `json:"unregistered,omitzero"`
	FailoverTimeout Duration  `json:"failover_timeout,omitempty"`
}

// Task is a task as far as the cost of a restore is concerned.
type Task struct {
	ID string `json:"id"`
	// Job is role/environment/name.
	Job    string `json:"job"`
	Status string `json:"status"`
	Agent  string `json:"agent,omitempty"`
}

// Host is one scheduler's host as it was observed.
type Host struct {
	Name string `json:"name"`
	// Problem says why the host could not be observed; everything below is then empty.
	Problem string `json:"problem,omitempty"`
	// Names are the names and addresses that the machine gives itself.
	Names []string `json:"names,omitempty"`
	// Skew is the host's clock minus the operator's, to the second.
	Skew     Duration       `json:"skew"`
	Service  Service        `json:"service"`
	Process  Process        `json:"process"`
	Settings Settings       `json:"settings"`
	Clusters []ClustersFile `json:"clusters,omitempty"`
	// HostsFile is observed only where the configuration asks for a line in it.
	HostsFile HostsFile `json:"hosts_file"`
	Replica   Replica   `json:"replica"`
	// Backups are the files in backup_dir.
	Backups  []BackupFile `json:"backups,omitempty"`
	Firewall Firewall     `json:"firewall"`
	HTTP     HTTP         `json:"http"`
	// Runs are records of restorectl runs found on the host, oldest first.
	Runs []RunRecord `json:"runs,omitempty"`
	// RunsApart says that their folder is on another filesystem than the log, which can't be moved into it then.
	RunsApart bool `json:"runs_apart,omitempty"`
}

// HalfAlive says that the scheduler's process runs although nothing listens on its port: it has given up, as after a lost leadership,
// a commit, or the registration delay, and its supervisor takes it for running. One that was started a moment ago looks the same.
func (h *Host) HalfAlive() bool { return h.Process.PID != 0 && h.HTTP.Refused }

// Service is the state of the scheduler service as its supervisor tells it.
type Service struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// State is "running", "stopped", "restarting" (the supervisor keeps bringing it back) or "missing".
	State string `json:"state"`
	// Detail is what the supervisor said, for people.
	Detail string `json:"detail,omitempty"`
	PID    int    `json:"pid,omitempty"`
	// DropIn and Marker are the files of a hold (HoldAction); empty where none is wanted. Unheld says why the service can't be held.
	DropIn string `json:"drop_in,omitempty"`
	Marker string `json:"marker,omitempty"`
	Unheld string `json:"unheld,omitempty"`
	// Occupied says that there is a file already where a hold would be written.
	Occupied bool `json:"occupied,omitempty"`
}

// Process is the running scheduler process.
type Process struct {
	PID  int    `json:"pid,omitempty"`
	User string `json:"user,omitempty"`
	// Flags are those of its command line.
	Flags []Flag `json:"flags,omitempty"`
}

// Settings are the scheduler's flags as they are written down on the host.
type Settings struct {
	Kind string `json:"kind"`
	// Path is the file that an edit would change, Digest its SHA-256.
	Path   string `json:"path"`
	Digest string `json:"digest"`
	Flags  []Flag `json:"flags,omitempty"`
	// Problem says why the settings could not be understood.
	Problem string `json:"problem,omitempty"`
	// Refusal says why the flags of the half-disabled state can't be written there.
	Refusal string `json:"refusal,omitempty"`
}

// Flag is one flag of a scheduler. A value that holds a secret is never in Value: it is masked there and Secret is set.
type Flag struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Secret bool   `json:"secret,omitempty"`
	// Where says in which variable or line the flag is written ("MESOS_MASTER", "EXTRA_SCHEDULER_ARGS").
	Where string `json:"where,omitempty"`
}

// ClustersFile is one clusters.json on a host.
type ClustersFile struct {
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
	Digest string `json:"digest,omitempty"`
	// Names are the names of all its clusters, in order, duplicates included.
	Names []string `json:"names,omitempty"`
	// Entries are those keys of each cluster, in the order of Names, that the procedure may change.
	Entries []ClusterEntry `json:"entries,omitempty"`
	Problem string         `json:"problem,omitempty"`
}

// ClusterEntry is one cluster of a clusters.json.
type ClusterEntry struct {
	Name          string `json:"name"`
	ZK            string `json:"zk,omitempty"`
	SchedulerURI  string `json:"scheduler_uri,omitempty"`
	AuthMechanism string `json:"auth_mechanism,omitempty"`
}

// HostsFile is a host's hosts file.
type HostsFile struct {
	Path   string `json:"path,omitempty"`
	Digest string `json:"digest,omitempty"`
	// Lines are the lines that name the Kerberos host.
	Lines []string `json:"lines,omitempty"`
}

// Replica is a host's copy of the replicated log, read without changing it.
type Replica struct {
	Path string `json:"path"`
	// State is "missing", "empty" (a folder without a database), "uninitialised", "initialised" (VOTING, no entries),
	// "used", "locked" or "damaged".
	State string `json:"state"`
	// Status is the replica's own: VOTING, RECOVERING, STARTING or EMPTY.
	Status string `json:"status,omitempty"`
	// Begin and End are positions, counted from 0; Holes and Unlearned count positions between them.
	Begin     uint64 `json:"begin,omitempty"`
	End       uint64 `json:"end,omitempty"`
	Holes     uint64 `json:"holes,omitempty"`
	Unlearned uint64 `json:"unlearned,omitempty"`
	Problem   string `json:"problem,omitempty"`
	// Spans are the positions from Begin on that it has a record of, in order; nil means all. They are only in memory.
	Spans []Span `json:"-"`
	// Rebuilt is the state read from the replica's files; only where no quorum is sound and the replica can be read.
	Rebuilt *Rebuilt `json:"rebuilt,omitempty"`
	// Owner and Mode are those of the folder ("aurora", "0755").
	Owner string `json:"owner,omitempty"`
	Mode  string `json:"mode,omitempty"`
	// Mountpoint says that the folder itself is one, so that it can't be moved.
	Mountpoint bool `json:"mountpoint,omitempty"`
	// ToolProblem says why the program that initialises a log can't be run on the host, ToolUnseen why that can't be told. Both are empty
	// where it can be run, and where it was not looked at, as beside a log that is initialised.
	ToolProblem string `json:"tool_problem,omitempty"`
	ToolUnseen  string `json:"tool_unseen,omitempty"`
	// Size is the replica's size, Free what is free on its filesystem, both in bytes.
	Size int64 `json:"size,omitempty"`
	Free int64 `json:"free,omitempty"`
}

// Rebuilt is what a replica's entries make of the scheduler's state.
type Rebuilt struct {
	// Problem says why the state could not be rebuilt whole.
	Problem string `json:"problem,omitempty"`
	// Snapshot is the position of the last snapshot, SnapshotTime when it was taken, Transactions what was read after it.
	Snapshot     uint64    `json:"snapshot"`
	SnapshotTime time.Time `json:"snapshot_time,omitzero"`
	// Time is that of the newest thing in the state: the snapshot, or an event of a task.
	Time         time.Time `json:"time,omitzero"`
	Transactions int       `json:"transactions"`
	// Missing counts the positions after the last snapshot that the replica has not, or has not learned; MissingAt says which.
	Missing   uint64 `json:"missing,omitempty"`
	MissingAt []Span `json:"missing_at,omitempty"`
	// Unfinished says that the replica's last position was being written when the log ended: it is not in the state.
	Unfinished bool `json:"unfinished,omitempty"`
	// Tasks counts all tasks, ActiveTasks those that are not terminal.
	Tasks       int `json:"tasks"`
	ActiveTasks int `json:"active_tasks"`
	// Backup is the state in the form of a backup file. It is only in memory.
	Backup []byte `json:"-"`
}

// BackupFile is a file in a backup_dir, by what its folder says of it.
type BackupFile struct {
	Name string `json:"name"`
	// Size is in bytes, Modified when it was last written.
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified,omitzero"`
}

// Backup is a backup that was read whole.
type Backup struct {
	Name string `json:"name"`
	// File is where it lies on the operator's machine; Scheduler and Path say so where it lies on a host, Store where it is in one.
	File      string `json:"file,omitempty"`
	Scheduler string `json:"scheduler,omitempty"`
	Path      string `json:"path,omitempty"`
	Store     string `json:"store,omitempty"`
	// Size is in bytes, SHA256 in lower-case hex, Time that of the snapshot inside.
	Size        int64     `json:"size"`
	SHA256      string    `json:"sha256"`
	Time        time.Time `json:"time"`
	FrameworkID string    `json:"framework_id"`
	// Tasks counts all tasks, ActiveTasks those that are not terminal.
	Tasks       int `json:"tasks"`
	ActiveTasks int `json:"active_tasks"`
	// TasksByJob counts all tasks by "role/environment/name", TasksByStatus by Thrift status name.
	TasksByJob    map[string]int `json:"tasks_by_job,omitempty"`
	TasksByStatus map[string]int `json:"tasks_by_status,omitempty"`
	CronJobs      int            `json:"cron_jobs"`
	JobUpdates    int            `json:"job_updates"`
	Quotas        int            `json:"quotas"`
	// TaskIDs are the ids of all tasks, sorted.
	TaskIDs []string `json:"task_ids,omitempty"`
	// Index are all tasks, Crons the cron schedules by job, and Updates the statuses of job updates in progress by job and id. They are
	// only in memory.
	Index   []Task            `json:"-"`
	Crons   map[string]string `json:"-"`
	Updates map[string]string `json:"-"`
	// Maintenance are the hosts of agents that the backup has in maintenance, by name.
	Maintenance []Maintenance `json:"maintenance,omitempty"`
	// Problem says why the backup is refused.
	Problem string `json:"problem,omitempty"`
	// Refusals say what a scheduler's stage would refuse, though the file decodes; LaterRefusals what only one of release 0.20 or later
	// would, where it is not known which release the schedulers are.
	Refusals      []string `json:"refusals,omitempty"`
	LaterRefusals []string `json:"later_refusals,omitempty"`
}

// Maintenance is that of an agent's host in a backup.
type Maintenance struct {
	Host string `json:"host"`
	// Mode is SCHEDULED, DRAINING or DRAINED.
	Mode string `json:"mode"`
	// Requested says that there is a request, by which a leader of release 0.21 or later drains a host that is DRAINING.
	Requested bool `json:"requested,omitempty"`
}

// Firewall is the state of the packet filter as far as the procedure is concerned.
type Firewall struct {
	Kind string `json:"kind"`
	// Blocked says that restorectl's own rules are in force.
	Blocked bool `json:"blocked,omitempty"`
	// Problem says why the filter can't be used.
	Problem string `json:"problem,omitempty"`
	// Risk says what on the host may take the rules away again.
	Risk string `json:"risk,omitempty"`
}

// HTTP is what a scheduler's port answered.
type HTTP struct {
	Port int `json:"port,omitempty"`
	// Answers says that /vars answered; Problem why not, Refused that nothing listens there.
	Answers bool   `json:"answers"`
	Problem string `json:"problem,omitempty"`
	Refused bool   `json:"refused,omitempty"`
	// Release is the scheduler's release, such as 0.22.0; empty where it does not tell.
	Release string `json:"release,omitempty"`
	// Lifecycle is the scheduler's state, such as ACTIVE.
	Lifecycle string `json:"lifecycle,omitempty"`
	// Registered says that the scheduler is registered with the Mesos master.
	Registered bool `json:"registered,omitempty"`
}

// Election is what ZooKeeper says of a cluster.
type Election struct {
	// Problem says why ZooKeeper could not be read.
	Problem string `json:"problem,omitempty"`
	// Leader is the address of the first candidate, Candidates counts them all.
	Leader     string `json:"leader,omitempty"`
	Candidates int    `json:"candidates,omitempty"`
}

// RunRecord is the record that a run leaves on a host.
type RunRecord struct {
	ID string `json:"id"`
	// State is "open", "reverted", "rolled-back", "rebuilt", "rejoined", or "unlocked" (not finished, its claim was ended).
	State   string    `json:"state"`
	By      string    `json:"by"`
	From    string    `json:"from"`
	Started time.Time `json:"started"`
}
