package aurora

// Snapshot is all that a scheduler knows, and the content of a backup file (storage.thrift).
type Snapshot struct {
	// Timestamp is in milliseconds since the epoch.
	Timestamp               int64                    `thrift:"1"`
	HostAttributes          []HostAttributes         `thrift:"3,set"`
	Tasks                   []ScheduledTask          `thrift:"4,set"`
	CronJobs                []StoredCronJob          `thrift:"5,set"`
	SchedulerMetadata       *SchedulerMetadata       `thrift:"6"`
	QuotaConfigurations     []QuotaConfiguration     `thrift:"8,set"`
	Locks                   []Lock                   `thrift:"9,set"`
	JobUpdateDetails        []StoredJobUpdateDetails `thrift:"10,set"`
	DBScript                []string                 `thrift:"11"`
	ExperimentalTaskStore   *bool                    `thrift:"12"`
	HostMaintenanceRequests []HostMaintenanceRequest `thrift:"13,set"`
}

// FrameworkID is the Mesos framework id in the snapshot, empty where there is none.
func (s *Snapshot) FrameworkID() string {
	if s.SchedulerMetadata == nil {
		return ""
	}
	return s.SchedulerMetadata.FrameworkID
}

// SchedulerMetadata says which scheduler wrote a snapshot. Revision to Machine are of releases up to 0.9.
type SchedulerMetadata struct {
	FrameworkID string            `thrift:"1,opt"`
	Revision    string            `thrift:"2,opt"`
	Tag         string            `thrift:"3,opt"`
	Timestamp   string            `thrift:"4,opt"`
	User        string            `thrift:"5,opt"`
	Machine     string            `thrift:"6,opt"`
	Version     *APIVersion       `thrift:"7"`
	Details     map[string]string `thrift:"8"`
}

// APIVersion is of releases up to 0.9.
type APIVersion struct {
	Major int32 `thrift:"1"`
}

// HostAttributes are what Aurora knows of an agent. Mode is NONE=1, SCHEDULED=2, DRAINING=3 or DRAINED=4.
type HostAttributes struct {
	Host       string      `thrift:"1"`
	Attributes []Attribute `thrift:"2,set"`
	Mode       *int32      `thrift:"3"`
	SlaveID    *string     `thrift:"4"`
}

// Attribute is an agent's attribute.
type Attribute struct {
	Name   string   `thrift:"1"`
	Values []string `thrift:"2,set"`
}

// StoredCronJob is a cron job in a snapshot.
type StoredCronJob struct {
	JobConfiguration *JobConfiguration `thrift:"3"`
}

// JobConfiguration describes a job. CronCollisionPolicy, of cron jobs only, is KILL_EXISTING=0, CANCEL_NEW=1 or RUN_OVERLAP=2.
type JobConfiguration struct {
	CronSchedule        *string     `thrift:"4"`
	CronCollisionPolicy *int32      `thrift:"5"`
	TaskConfig          *TaskConfig `thrift:"6"`
	Owner               *Identity   `thrift:"7"`
	InstanceCount       int32       `thrift:"8"`
	Key                 *JobKey     `thrift:"9"`
}

// QuotaConfiguration is a role's quota.
type QuotaConfiguration struct {
	Role  string             `thrift:"1"`
	Quota *ResourceAggregate `thrift:"2"`
}

// ResourceAggregate sums resources up. Releases from 0.16 write Resources, those from 0.21 nothing else.
type ResourceAggregate struct {
	NumCPUs   *float64   `thrift:"1"`
	RAMMB     *int64     `thrift:"2"`
	DiskMB    *int64     `thrift:"3"`
	Resources []Resource `thrift:"4,set"`
}

// Lock keeps others from changing a job; up to 0.19.1.
type Lock struct {
	Key         *LockKey `thrift:"1"`
	Token       string   `thrift:"2,opt"`
	User        string   `thrift:"3,opt"`
	TimestampMs int64    `thrift:"4"`
	Message     *string  `thrift:"5"`
}

// LockKey is a union of one.
type LockKey struct {
	Job *JobKey `thrift:"1"`
}

// HostMaintenanceRequest asks for maintenance of an agent's host; from 0.21.
type HostMaintenanceRequest struct {
	Host               string     `thrift:"1"`
	DefaultSLAPolicy   *SLAPolicy `thrift:"2"`
	TimeoutSecs        int64      `thrift:"3"`
	CreatedTimestampMs int64      `thrift:"4"`
}
