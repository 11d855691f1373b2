package aurora

// LogEntry is what one write to the replicated log holds (storage.thrift). It is a union: one field is set.
type LogEntry struct {
	Snapshot             *Snapshot             `thrift:"1"`
	Transaction          *Transaction          `thrift:"2"`
	Noop                 *bool                 `thrift:"3"`
	Frame                *Frame                `thrift:"4"`
	DeflatedEntry        []byte                `thrift:"5"`
	DeduplicatedSnapshot *DeduplicatedSnapshot `thrift:"6"`
}

// Transaction is a list of operations that apply in order.
type Transaction struct {
	Ops           []Op   `thrift:"1"`
	SchemaVersion *int32 `thrift:"2"`
}

// Frame is a piece of an entry that is too large for one write. It is a union.
type Frame struct {
	Header *FrameHeader `thrift:"1"`
	Chunk  *FrameChunk  `thrift:"2"`
}

// FrameHeader announces ChunkCount chunks; Checksum is the MD5 of all their data.
type FrameHeader struct {
	ChunkCount int32  `thrift:"1"`
	Checksum   []byte `thrift:"2"`
}

// FrameChunk is one piece.
type FrameChunk struct {
	Data []byte `thrift:"2"`
}

// DeduplicatedSnapshot is a snapshot whose tasks share their configurations.
type DeduplicatedSnapshot struct {
	PartialSnapshot *Snapshot                   `thrift:"1"`
	PartialTasks    []DeduplicatedScheduledTask `thrift:"2"`
	TaskConfigs     []TaskConfig                `thrift:"3"`
}

// DeduplicatedScheduledTask is a task without its configuration, and the index of that.
type DeduplicatedScheduledTask struct {
	PartialScheduledTask *ScheduledTask `thrift:"1"`
	TaskConfigID         int32          `thrift:"2"`
}

// Op is one operation of a transaction. It is a union.
type Op struct {
	SaveFrameworkID              *SaveFrameworkID              `thrift:"1"`
	SaveCronJob                  *SaveCronJob                  `thrift:"2"`
	RemoveJob                    *RemoveJob                    `thrift:"5"`
	SaveTasks                    *SaveTasks                    `thrift:"6"`
	RemoveTasks                  *RemoveTasks                  `thrift:"7"`
	SaveQuota                    *QuotaConfiguration           `thrift:"8"`
	RemoveQuota                  *RemoveQuota                  `thrift:"9"`
	SaveHostAttributes           *SaveHostAttributes           `thrift:"10"`
	RewriteTask                  *RewriteTask                  `thrift:"11"`
	SaveLock                     *SaveLock                     `thrift:"12"`
	RemoveLock                   *RemoveLock                   `thrift:"13"`
	SaveJobUpdate                *SaveJobUpdate                `thrift:"14"`
	SaveJobUpdateEvent           *SaveJobUpdateEvent           `thrift:"15"`
	SaveJobInstanceUpdateEvent   *SaveJobInstanceUpdateEvent   `thrift:"16"`
	PruneJobUpdateHistory        *PruneJobUpdateHistory        `thrift:"17"`
	RemoveJobUpdate              *RemoveJobUpdates             `thrift:"18"`
	SaveHostMaintenanceRequest   *SaveHostMaintenanceRequest   `thrift:"19"`
	RemoveHostMaintenanceRequest *RemoveHostMaintenanceRequest `thrift:"20"`
}

// SaveFrameworkID sets the framework id.
type SaveFrameworkID struct {
	ID string `thrift:"1"`
}

// SaveCronJob sets the cron job of its key.
type SaveCronJob struct {
	JobConfig *JobConfiguration `thrift:"2"`
}

// RemoveJob removes a cron job.
type RemoveJob struct {
	JobKey *JobKey `thrift:"2"`
}

// SaveTasks sets tasks by their ids.
type SaveTasks struct {
	Tasks []ScheduledTask `thrift:"1,set"`
}

// RemoveTasks removes tasks by their ids.
type RemoveTasks struct {
	TaskIDs []string `thrift:"1,set"`
}

// RemoveQuota removes a role's quota.
type RemoveQuota struct {
	Role string `thrift:"1"`
}

// SaveHostAttributes sets what is known of an agent's host.
type SaveHostAttributes struct {
	HostAttributes *HostAttributes `thrift:"1"`
}

// RewriteTask replaces a task's configuration; up to 0.18.1.
type RewriteTask struct {
	TaskID string      `thrift:"1"`
	Task   *TaskConfig `thrift:"2"`
}

// SaveLock sets the lock of its key.
type SaveLock struct {
	Lock *Lock `thrift:"1"`
}

// RemoveLock removes a lock.
type RemoveLock struct {
	LockKey *LockKey `thrift:"1"`
}

// SaveJobUpdate sets an update.
type SaveJobUpdate struct {
	JobUpdate *JobUpdate `thrift:"1"`
	LockToken string     `thrift:"2,opt"`
}

// SaveJobUpdateEvent adds an event to an update.
type SaveJobUpdateEvent struct {
	Event *JobUpdateEvent `thrift:"1"`
	Key   *JobUpdateKey   `thrift:"3"`
}

// SaveJobInstanceUpdateEvent adds an instance's event to an update.
type SaveJobInstanceUpdateEvent struct {
	Event *JobInstanceUpdateEvent `thrift:"1"`
	Key   *JobUpdateKey           `thrift:"3"`
}

// PruneJobUpdateHistory removes old updates that are over.
type PruneJobUpdateHistory struct {
	PerJobRetainCount       int32 `thrift:"1"`
	HistoryPruneThresholdMs int64 `thrift:"2"`
}

// RemoveJobUpdates removes updates; from 0.20.
type RemoveJobUpdates struct {
	Keys []JobUpdateKey `thrift:"1,set"`
}

// SaveHostMaintenanceRequest sets the request of its host; from 0.21.
type SaveHostMaintenanceRequest struct {
	HostMaintenanceRequest *HostMaintenanceRequest `thrift:"1"`
}

// RemoveHostMaintenanceRequest removes a host's request; from 0.21.
type RemoveHostMaintenanceRequest struct {
	Host string `thrift:"1"`
}
