package planner

// Action is what a step does. Exactly one field is set; the provider of that name carries it out.
type Action struct {
	Run       *RunAction       `json:"run,omitempty"`
	Service   *ServiceAction   `json:"service,omitempty"`
	Hold      *HoldAction      `json:"hold,omitempty"`
	Firewall  *FirewallAction  `json:"firewall,omitempty"`
	Flags     *FlagsAction     `json:"flags,omitempty"`
	Clusters  *ClustersAction  `json:"clusters,omitempty"`
	HostsFile *HostsFileAction `json:"hosts_file,omitempty"`
	Log       *LogAction       `json:"log,omitempty"`
	Backup    *BackupAction    `json:"backup,omitempty"`
	Scheduler *SchedulerAction `json:"scheduler,omitempty"`
	Gate      *GateAction      `json:"gate,omitempty"`
}

// RunAction opens or closes the run's folder and record on a host.
type RunAction struct {
	Op RunOp `json:"op"`
	// State is what a closed run's record says: "reverted", "rolled-back", "rebuilt" or "rejoined".
	State string `json:"state,omitempty"`
}

// ServiceAction starts or stops the scheduler service.
type ServiceAction struct {
	Op ServiceOp `json:"op"`
	// Settle is how long the service must stay started or stopped before the step counts as verified; a supervisor may
	// bring a stopped process back.
	Settle Duration `json:"settle"`
	// Tolerate makes start accept a process that its supervisor keeps restarting: a rollback brings a broken scheduler back
	// as it was.
	Tolerate bool `json:"tolerate,omitempty"`
	// Flags are what the running process's command line must show after a start, by flag name; a nil value means that the
	// flag must be absent. Secrets are never among them.
	Flags map[string]*string `json:"flags,omitempty"`
	// HTTPPort is the scheduler's port.
	HTTPPort int `json:"http_port"`
	// Isolated makes start refuse unless the port is blocked from outside.
	Isolated bool `json:"isolated,omitempty"`
	// Marker is the file that start makes first, without which the service does not start where HoldAction holds it.
	Marker string `json:"marker,omitempty"`
}

// HoldAction lets the scheduler service start only in the boot in which restorectl started it, or undoes that. The packet filter's rules are
// lost with a reboot: a scheduler that started by itself then would be open to all.
type HoldAction struct {
	Op HoldOp `json:"op"`
	// DropIn is the file of the service's supervisor that is written, and holds a condition.
	DropIn string `json:"drop_in"`
	// Marker is the file without which the condition is not met. It does not outlive a boot.
	Marker string `json:"marker"`
}

// FirewallAction blocks or unblocks the scheduler's HTTP port from outside the host.
type FirewallAction struct {
	Op       FirewallOp `json:"op"`
	HTTPPort int        `json:"http_port"`
	Allow    []string   `json:"allow,omitempty"`
	// Require are flags that the running scheduler must show before its port is unblocked, as in ServiceAction.Flags.
	Require map[string]*string `json:"require,omitempty"`
}

// FlagsAction edits the scheduler's flags where they are written, or undoes that.
type FlagsAction struct {
	Op   EditOp `json:"op"`
	Path string `json:"path"`
	// Digest is the SHA-256 of the file as it was observed; the edit refuses another content.
	Digest string     `json:"digest"`
	Edits  []FlagEdit `json:"edits"`
}

// FlagEdit sets one flag, or removes it.
type FlagEdit struct {
	Name string `json:"name"`
	// After is the flag's new value; nil removes it.
	After *string `json:"after"`
	// Before is the value as observed, nil where absent, masked where it holds a secret. The saved original, not this, is
	// what is put back.
	Before *string `json:"before"`
}

// ClustersAction points a cluster's entry in a clusters.json straight at the scheduler on the same host, or undoes that.
type ClustersAction struct {
	Op           EditOp `json:"op"`
	Path         string `json:"path"`
	Digest       string `json:"digest"`
	Cluster      string `json:"cluster"`
	SchedulerURI string `json:"scheduler_uri"`
	// Unauthenticated sets auth_mechanism to UNAUTHENTICATED.
	Unauthenticated bool `json:"unauthenticated,omitempty"`
}

// HostsFileAction adds a marked line to a hosts file, or removes it.
type HostsFileAction struct {
	Op      HostsFileOp `json:"op"`
	Path    string      `json:"path"`
	Digest  string      `json:"digest"`
	Address string      `json:"address"`
	Name    string      `json:"name"`
}

// LogAction works on a host's replica.
type LogAction struct {
	Op   LogOp  `json:"op"`
	Path string `json:"path"`
	// User owns the log and runs the tool; Tool is the mesos-log program.
	User string `json:"user,omitempty"`
	Tool string `json:"tool,omitempty"`
	// Mode is the octal permission of the log folder.
	Mode string `json:"mode,omitempty"`
	// Absent says that there was no log to move when the plan was made.
	Absent bool `json:"absent,omitempty"`
	// MinEnd is the position up to which a replica that rejoins must have caught up.
	MinEnd uint64 `json:"min_end,omitempty"`
}

// BackupAction moves the chosen backup.
type BackupAction struct {
	Op     BackupOp `json:"op"`
	Name   string   `json:"name"`
	Size   int64    `json:"size"`
	SHA256 string   `json:"sha256"`
	// Dir is the scheduler's backup_dir; User owns what is placed there.
	Dir  string `json:"dir,omitempty"`
	User string `json:"user,omitempty"`
	// File is the backup on the operator's machine, or Scheduler and Path where it lies on a host, or Store where it is in one (OpShip).
	File      string `json:"file,omitempty"`
	Scheduler string `json:"scheduler,omitempty"`
	Path      string `json:"path,omitempty"`
	Store     string `json:"store,omitempty"`
}

// SchedulerAction is a call to the schedulers, or a wait for them.
type SchedulerAction struct {
	Op SchedulerOp `json:"op"`
	// Backup is the name of the backup to stage.
	Backup string `json:"backup,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	// TaskIDs are what delete deletes, and what review and confirm do not expect.
	TaskIDs []string `json:"task_ids,omitempty"`
	// Deleted says whether review expects TaskIDs to be gone already.
	Deleted bool `json:"deleted,omitempty"`
	// FrameworkID is what an ACTIVE leader must have registered with.
	FrameworkID string `json:"framework_id,omitempty"`
}

// Waits says that the action changes nothing and may take long, so that it can be cut off at any moment.
func (a *Action) Waits() bool {
	if s := a.Scheduler; s != nil {
		return s.Op == OpAwaitLeader || s.Op == OpConfirm || s.Op == OpAwaitActive
	}
	return a.Log != nil && a.Log.Op == OpRejoin
}

// GateAction makes apply wait for a person.
type GateAction struct {
	Message string `json:"message"`
}
