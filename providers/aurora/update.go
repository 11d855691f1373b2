package aurora

// StoredJobUpdateDetails is a job update in a snapshot.
type StoredJobUpdateDetails struct {
	Details   *JobUpdateDetails `thrift:"1"`
	LockToken string            `thrift:"2,opt"`
}

// JobUpdateDetails is a job update and what happened to it.
type JobUpdateDetails struct {
	Update         *JobUpdate               `thrift:"1"`
	UpdateEvents   []JobUpdateEvent         `thrift:"2"`
	InstanceEvents []JobInstanceUpdateEvent `thrift:"3"`
}

// JobUpdate is a change of a job's instances from one configuration to another.
type JobUpdate struct {
	Summary      *JobUpdateSummary      `thrift:"1"`
	Instructions *JobUpdateInstructions `thrift:"2"`
}

// JobUpdateKey names an update.
type JobUpdateKey struct {
	Job *JobKey `thrift:"1"`
	ID  string  `thrift:"2"`
}

// JobUpdateSummary says whose an update is and how it stands.
type JobUpdateSummary struct {
	User     string          `thrift:"3,opt"`
	State    *JobUpdateState `thrift:"4"`
	Key      *JobUpdateKey   `thrift:"5"`
	Metadata []Metadata      `thrift:"6,set"`
}

// JobUpdateState is derived from an update's events. Times are in milliseconds since the epoch.
type JobUpdateState struct {
	Status                  *int32 `thrift:"1"`
	CreatedTimestampMs      *int64 `thrift:"2"`
	LastModifiedTimestampMs *int64 `thrift:"3"`
}

// JobUpdateInstructions say from what to what an update goes.
type JobUpdateInstructions struct {
	InitialState []InstanceTaskConfig `thrift:"1,set"`
	DesiredState *InstanceTaskConfig  `thrift:"2"`
	Settings     *JobUpdateSettings   `thrift:"3"`
}

// InstanceTaskConfig is a configuration and the instances that have it.
type InstanceTaskConfig struct {
	Task      *TaskConfig `thrift:"1"`
	Instances []Range     `thrift:"2,set"`
}

// Range counts instances, both ends included.
type Range struct {
	First int32 `thrift:"1"`
	Last  int32 `thrift:"2"`
}

// JobUpdateSettings say how an update goes. Times are in milliseconds.
type JobUpdateSettings struct {
	UpdateGroupSize            int32              `thrift:"1"`
	MaxPerInstanceFailures     int32              `thrift:"2"`
	MaxFailedInstances         int32              `thrift:"3"`
	MaxWaitToInstanceRunningMs *int32             `thrift:"4"`
	MinWaitInInstanceRunningMs int32              `thrift:"5"`
	RollbackOnFailure          bool               `thrift:"6"`
	UpdateOnlyTheseInstances   []Range            `thrift:"7,set"`
	WaitForBatchCompletion     *bool              `thrift:"8"`
	BlockIfNoPulsesAfterMs     *int32             `thrift:"9"`
	SLAAware                   *bool              `thrift:"10"`
	UpdateStrategy             *JobUpdateStrategy `thrift:"11"`
}

// JobUpdateStrategy is a union: one field is set.
type JobUpdateStrategy struct {
	Queue    *QueueStrategy    `thrift:"1"`
	Batch    *BatchStrategy    `thrift:"2"`
	VarBatch *VarBatchStrategy `thrift:"3"`
}

// QueueStrategy updates a number of instances at any time.
type QueueStrategy struct {
	GroupSize int32 `thrift:"1"`
}

// BatchStrategy updates in batches of one size.
type BatchStrategy struct {
	GroupSize           int32 `thrift:"1"`
	AutopauseAfterBatch bool  `thrift:"2"`
}

// VarBatchStrategy updates in batches of several sizes.
type VarBatchStrategy struct {
	GroupSizes          []int32 `thrift:"1"`
	AutopauseAfterBatch bool    `thrift:"2"`
}

// JobUpdateEvent is a change of an update's status.
type JobUpdateEvent struct {
	Status      int32   `thrift:"1"`
	TimestampMs int64   `thrift:"2"`
	User        *string `thrift:"3"`
	Message     *string `thrift:"4"`
}

// JobInstanceUpdateEvent is what an update did to an instance.
type JobInstanceUpdateEvent struct {
	InstanceID  int32   `thrift:"1"`
	TimestampMs int64   `thrift:"2"`
	Action      int32   `thrift:"3"`
	Message     *string `thrift:"4"`
}
