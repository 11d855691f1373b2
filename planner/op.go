package planner

// The types of Op name what an action of that kind does.
type (
	// RunOp is of a RunAction.
	RunOp string
	// ServiceOp is of a ServiceAction.
	ServiceOp string
	// HoldOp is of a HoldAction.
	HoldOp string
	// FirewallOp is of a FirewallAction.
	FirewallOp string
	// EditOp is of the actions that edit a file which is saved before: FlagsAction and ClustersAction.
	EditOp string
	// HostsFileOp is of a HostsFileAction.
	HostsFileOp string
	// LogOp is of a LogAction.
	LogOp string
	// BackupOp is of a BackupAction.
	BackupOp string
	// SchedulerOp is of a SchedulerAction.
	SchedulerOp string
)

// What is done to a run's folder.
const (
	OpOpen  RunOp = "open"
	OpClose RunOp = "close"
)

// What is done to the service.
const (
	OpStart ServiceOp = "start"
	OpStop  ServiceOp = "stop"
)

// What is done to the service's hold.
const (
	OpHold    HoldOp = "hold"
	OpRelease HoldOp = "release"
)

// What is done to the HTTP port.
const (
	OpBlock   FirewallOp = "block"
	OpUnblock FirewallOp = "unblock"
)

// What is done to a file.
const (
	OpEdit EditOp = "edit"
	// OpRestore puts the saved original back.
	OpRestore EditOp = "restore"
)

// What is done to the hosts file's line.
const (
	OpAddLine    HostsFileOp = "add"
	OpRemoveLine HostsFileOp = "remove"
)

// What is done to a log.
const (
	// OpQuarantine moves the log into the run's folder.
	OpQuarantine LogOp = "quarantine"
	// OpInitialize makes an empty, initialised log.
	OpInitialize LogOp = "initialize"
	// OpVacate makes an empty folder.
	OpVacate LogOp = "vacate"
	// OpRejoin waits until the replica votes and has caught up.
	OpRejoin LogOp = "rejoin"
	// OpRecover moves the present log aside into the run's folder and brings the quarantined one back.
	OpRecover LogOp = "recover"
)

// What is done to the backup.
const (
	// OpShip copies it into the run's folder, where no rotation can reach it.
	OpShip BackupOp = "ship"
	// OpPlace copies it from there into the scheduler's backup_dir under its exact name.
	OpPlace BackupOp = "place"
	// OpRemove takes away what OpPlace put there.
	OpRemove BackupOp = "remove"
)

// The calls and waits of the procedure.
const (
	// OpAwaitLeader waits for exactly one leader in LEADER_AWAITING_REGISTRATION that answers a read call.
	OpAwaitLeader SchedulerOp = "await-leader"
	// OpUnload unloads whatever is staged on the step's host.
	OpUnload SchedulerOp = "unload"
	// OpStage stages the backup on the leader.
	OpStage SchedulerOp = "stage"
	// OpReview compares what is staged on the leader with the backup, task by task.
	OpReview SchedulerOp = "review"
	// OpDelete deletes tasks from what is staged.
	OpDelete SchedulerOp = "delete"
	// OpCommit commits what is staged.
	OpCommit SchedulerOp = "commit"
	// OpConfirm waits for the leader after the commit and compares its store with what was committed.
	OpConfirm SchedulerOp = "confirm"
	// OpAwaitActive waits for one ACTIVE leader that is registered with the Mesos master.
	OpAwaitActive SchedulerOp = "await-active"
)
