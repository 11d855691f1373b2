package aurora

// JobKey names a job.
type JobKey struct {
	Role        string `thrift:"1"`
	Environment string `thrift:"2"`
	Name        string `thrift:"3"`
}

// String gives role/environment/name, as Aurora's clients write it.
func (k JobKey) String() string { return k.Role + "/" + k.Environment + "/" + k.Name }

// ScheduledTask is one instance of a job in the scheduler's store.
type ScheduledTask struct {
	AssignedTask     *AssignedTask  `thrift:"1"`
	Status           ScheduleStatus `thrift:"2"`
	FailureCount     int32          `thrift:"3"`
	TaskEvents       []TaskEvent    `thrift:"4"`
	AncestorID       string         `thrift:"5,opt"`
	TimesPartitioned *int32         `thrift:"6"`
}

// ID is the task's id, empty where the struct holds none.
func (t *ScheduledTask) ID() string {
	if t.AssignedTask == nil {
		return ""
	}
	return t.AssignedTask.TaskID
}

// Job is the key of the task's job. Releases up to 0.12 wrote its parts into the config besides the key.
func (t *ScheduledTask) Job() JobKey {
	if t.AssignedTask == nil || t.AssignedTask.Task == nil {
		return JobKey{}
	}
	c := t.AssignedTask.Task
	if c.Job != nil {
		return *c.Job
	}
	k := JobKey{Environment: c.Environment, Name: c.JobName}
	if c.Owner != nil {
		k.Role = c.Owner.Role
	}
	return k
}

// TaskEvent is a change of a task's state. Timestamp is in milliseconds since the epoch.
type TaskEvent struct {
	Timestamp int64          `thrift:"1"`
	Status    ScheduleStatus `thrift:"2"`
	Message   *string        `thrift:"3"`
	Scheduler *string        `thrift:"4"`
}

// AssignedTask is a task and the agent that it was given to.
type AssignedTask struct {
	TaskID        string           `thrift:"1"`
	SlaveID       string           `thrift:"2,opt"`
	SlaveHost     string           `thrift:"3,opt"`
	Task          *TaskConfig      `thrift:"4"`
	AssignedPorts map[string]int32 `thrift:"5"`
	InstanceID    int32            `thrift:"6"`
}

// TaskConfig says how the instances of a job run. NumCPUs to DiskMB and RequestedPorts are gone from 0.20.0, where Resources
// holds them.
type TaskConfig struct {
	JobName         string            `thrift:"3,opt"`
	IsService       bool              `thrift:"7"`
	NumCPUs         *float64          `thrift:"8"`
	RAMMB           *int64            `thrift:"9"`
	DiskMB          *int64            `thrift:"10"`
	Priority        int32             `thrift:"11"`
	MaxTaskFailures int32             `thrift:"13"`
	Owner           *Identity         `thrift:"17"`
	Production      *bool             `thrift:"18"`
	Constraints     []Constraint      `thrift:"20,set"`
	RequestedPorts  []string          `thrift:"21,set"`
	TaskLinks       map[string]string `thrift:"22"`
	ContactEmail    *string           `thrift:"23"`
	ExecutorConfig  *ExecutorConfig   `thrift:"25"`
	Environment     string            `thrift:"26,opt"`
	Metadata        []Metadata        `thrift:"27,set"`
	Job             *JobKey           `thrift:"28"`
	Container       *Container        `thrift:"29"`
	Tier            *string           `thrift:"30"`
	Resources       []Resource        `thrift:"32,set"`
	FetcherURIs     []FetcherURI      `thrift:"33,set"`
	PartitionPolicy *PartitionPolicy  `thrift:"34"`
	SLAPolicy       *SLAPolicy        `thrift:"35"`
}

// Identity is who owns a task.
type Identity struct {
	Role string `thrift:"1,opt"`
	User string `thrift:"2,opt"`
}

// Constraint limits where a task may run.
type Constraint struct {
	Name       string          `thrift:"1"`
	Constraint *TaskConstraint `thrift:"2"`
}

// TaskConstraint is a union: one field is set.
type TaskConstraint struct {
	Value *ValueConstraint `thrift:"1"`
	Limit *LimitConstraint `thrift:"2"`
}

// ValueConstraint asks for, or against, values of an agent's attribute.
type ValueConstraint struct {
	Negated bool     `thrift:"1"`
	Values  []string `thrift:"2,set"`
}

// LimitConstraint limits the tasks of a job for each value of an attribute.
type LimitConstraint struct {
	Limit int32 `thrift:"1"`
}

// Metadata is a label of a task.
type Metadata struct {
	Key   string `thrift:"1"`
	Value string `thrift:"2"`
}

// ExecutorConfig is what the executor is told; Data is opaque to Aurora.
type ExecutorConfig struct {
	Name string `thrift:"1"`
	Data string `thrift:"2"`
}

// Container is a union: one field is set.
type Container struct {
	Mesos  *MesosContainer  `thrift:"1"`
	Docker *DockerContainer `thrift:"2"`
}

// MesosContainer runs a task in Mesos' own containerizer.
type MesosContainer struct {
	Image   *Image   `thrift:"1"`
	Volumes []Volume `thrift:"2"`
}

// Image is a union: one field is set.
type Image struct {
	Docker *DockerImage `thrift:"1"`
	Appc   *AppcImage   `thrift:"2"`
}

// DockerImage names an image by tag.
type DockerImage struct {
	Name string `thrift:"1"`
	Tag  string `thrift:"2"`
}

// AppcImage names an image by id.
type AppcImage struct {
	Name    string `thrift:"1"`
	ImageID string `thrift:"2"`
}

// Volume is a folder of the agent that a container sees. Mode is RW=1 or RO=2.
type Volume struct {
	ContainerPath string `thrift:"1"`
	HostPath      string `thrift:"2"`
	Mode          int32  `thrift:"3"`
}

// DockerContainer runs a task in Docker.
type DockerContainer struct {
	Image      string            `thrift:"1"`
	Parameters []DockerParameter `thrift:"2"`
}

// DockerParameter is one option of docker run.
type DockerParameter struct {
	Name  string `thrift:"1"`
	Value string `thrift:"2"`
}

// Resource is a union: one field is set. RAM and disk are in MB.
type Resource struct {
	NumCPUs   *float64 `thrift:"1"`
	RAMMB     *int64   `thrift:"2"`
	DiskMB    *int64   `thrift:"3"`
	NamedPort *string  `thrift:"4"`
	NumGPUs   *int64   `thrift:"5"`
}

// FetcherURI is a file that the agent fetches before a task starts.
type FetcherURI struct {
	Value      string  `thrift:"1"`
	Extract    *bool   `thrift:"2"`
	Cache      *bool   `thrift:"3"`
	OutputFile *string `thrift:"4"`
}

// PartitionPolicy says what becomes of a task whose agent is cut off.
type PartitionPolicy struct {
	Reschedule bool   `thrift:"1"`
	DelaySecs  *int64 `thrift:"2"`
}

// SLAPolicy is a union: one field is set.
type SLAPolicy struct {
	Percentage  *PercentageSLAPolicy  `thrift:"1"`
	Count       *CountSLAPolicy       `thrift:"2"`
	Coordinator *CoordinatorSLAPolicy `thrift:"3"`
}

// PercentageSLAPolicy wants a share of the instances up.
type PercentageSLAPolicy struct {
	Percentage   float64 `thrift:"1"`
	DurationSecs int64   `thrift:"2"`
}

// CountSLAPolicy wants a number of instances up.
type CountSLAPolicy struct {
	Count        int64 `thrift:"1"`
	DurationSecs int64 `thrift:"2"`
}

// CoordinatorSLAPolicy asks somebody else.
type CoordinatorSLAPolicy struct {
	CoordinatorURL string `thrift:"1"`
	StatusKey      string `thrift:"2"`
}
