// What a backup of Apache Aurora 0.22 holds: Snapshot and the structs below it, with the ids and types of their fields on the wire. The
// benchmarks compare against the code that the Thrift compiler makes of this (see doc.go); nothing else uses it.

namespace go baseline

enum ScheduleStatus {
  PENDING = 0, STARTING = 1, RUNNING = 2, FINISHED = 3, FAILED = 4, KILLED = 5, KILLING = 6, LOST = 7, ASSIGNED = 9, INIT = 11,
  RESTARTING = 12, PREEMPTING = 13, THROTTLED = 16, DRAINING = 17, PARTITIONED = 18
}

enum MaintenanceMode { NONE = 1, SCHEDULED = 2, DRAINING = 3, DRAINED = 4 }

enum Mode { RW = 1, RO = 2 }

enum CronCollisionPolicy { KILL_EXISTING = 0, CANCEL_NEW = 1, RUN_OVERLAP = 2 }

enum JobUpdateStatus {
  ROLLING_FORWARD = 0, ROLLING_BACK = 1, ROLL_FORWARD_PAUSED = 2, ROLL_BACK_PAUSED = 3, ROLLED_FORWARD = 4, ROLLED_BACK = 5, ABORTED = 6,
  ERROR = 7, FAILED = 8, ROLL_FORWARD_AWAITING_PULSE = 9, ROLL_BACK_AWAITING_PULSE = 10
}

enum JobUpdateAction {
  INSTANCE_UPDATED = 1, INSTANCE_ROLLED_BACK = 2, INSTANCE_UPDATING = 3, INSTANCE_ROLLING_BACK = 4, INSTANCE_UPDATE_FAILED = 5,
  INSTANCE_ROLLBACK_FAILED = 6
}

struct Identity { 2: string user }

struct JobKey { 1: string role  2: string environment  3: string name }

struct Metadata { 1: string key  2: string value }

struct Range { 1: i32 first  2: i32 last }

union Resource { 1: double numCpus  2: i64 ramMb  3: i64 diskMb  4: string namedPort  5: i64 numGpus }

struct ResourceAggregate { 4: set<Resource> resources }

struct Attribute { 1: string name  2: set<string> values }

struct HostAttributes { 1: string host  2: set<Attribute> attributes  3: optional MaintenanceMode mode  4: optional string slaveId }

struct ValueConstraint { 1: bool negated  2: set<string> values }

struct LimitConstraint { 1: i32 limit }

union TaskConstraint { 1: ValueConstraint value  2: LimitConstraint limit }

struct Constraint { 1: string name  2: TaskConstraint constraint }

struct ExecutorConfig { 1: string name  2: string data }

struct Volume { 1: string containerPath  2: string hostPath  3: Mode mode }

struct DockerParameter { 1: string name  2: string value }

struct DockerContainer { 1: string image  2: optional list<DockerParameter> parameters }

struct DockerImage { 1: string name  2: string tag }

struct AppcImage { 1: string name  2: string imageId }

union Image { 1: DockerImage docker  2: AppcImage appc }

struct MesosContainer { 1: optional Image image  2: optional list<Volume> volumes }

union Container { 1: MesosContainer mesos  2: DockerContainer docker }

struct MesosFetcherURI { 1: string value  2: optional bool extract  3: optional bool cache  4: optional string outputFile }

struct PartitionPolicy { 1: bool reschedule  2: optional i64 delaySecs }

struct PercentageSlaPolicy { 1: double percentage  2: i64 durationSecs }

struct CountSlaPolicy { 1: i64 count  2: i64 durationSecs }

struct CoordinatorSlaPolicy { 1: string coordinatorUrl  2: string statusKey }

union SlaPolicy { 1: PercentageSlaPolicy percentageSlaPolicy  2: CountSlaPolicy countSlaPolicy  3: CoordinatorSlaPolicy coordinatorSlaPolicy }

struct TaskConfig {
  7: bool isService
  11: i32 priority
  13: i32 maxTaskFailures
  17: Identity owner
  18: optional bool production
  20: set<Constraint> constraints
  22: optional map<string, string> taskLinks
  23: optional string contactEmail
  25: optional ExecutorConfig executorConfig
  27: optional set<Metadata> metadata
  28: JobKey job
  29: Container container
  30: optional string tier
  32: set<Resource> resources
  33: optional set<MesosFetcherURI> mesosFetcherUris
  34: optional PartitionPolicy partitionPolicy
  35: optional SlaPolicy slaPolicy
}

struct TaskEvent { 1: i64 timestamp  2: ScheduleStatus status  3: optional string message  4: optional string scheduler }

struct AssignedTask {
  1: string taskId
  2: string slaveId
  3: string slaveHost
  4: TaskConfig task
  5: map<string, i32> assignedPorts
  6: i32 instanceId
}

struct ScheduledTask {
  1: AssignedTask assignedTask
  2: ScheduleStatus status
  3: i32 failureCount
  4: list<TaskEvent> taskEvents
  5: string ancestorId
  6: i32 timesPartitioned
}

struct JobConfiguration {
  4: optional string cronSchedule
  5: CronCollisionPolicy cronCollisionPolicy
  6: TaskConfig taskConfig
  7: Identity owner
  8: i32 instanceCount
  9: JobKey key
}

struct StoredCronJob { 3: JobConfiguration jobConfiguration }

struct SchedulerMetadata { 1: string frameworkId  8: map<string, string> details }

struct QuotaConfiguration { 1: string role  2: ResourceAggregate quota }

struct JobUpdateKey { 1: JobKey job  2: string id }

struct QueueJobUpdateStrategy { 1: i32 groupSize }

struct BatchJobUpdateStrategy { 1: i32 groupSize  2: bool autopauseAfterBatch }

struct VariableBatchJobUpdateStrategy { 1: list<i32> groupSizes  2: bool autopauseAfterBatch }

union JobUpdateStrategy {
  1: QueueJobUpdateStrategy queueStrategy
  2: BatchJobUpdateStrategy batchStrategy
  3: VariableBatchJobUpdateStrategy varBatchStrategy
}

struct JobUpdateSettings {
  1: i32 updateGroupSize
  2: i32 maxPerInstanceFailures
  3: i32 maxFailedInstances
  5: i32 minWaitInInstanceRunningMs
  6: bool rollbackOnFailure
  7: set<Range> updateOnlyTheseInstances
  8: bool waitForBatchCompletion
  9: optional i32 blockIfNoPulsesAfterMs
  10: optional bool slaAware
  11: optional JobUpdateStrategy updateStrategy
}

struct InstanceTaskConfig { 1: TaskConfig task  2: set<Range> instances }

struct JobUpdateInstructions { 1: set<InstanceTaskConfig> initialState  2: InstanceTaskConfig desiredState  3: JobUpdateSettings settings }

struct JobUpdateState { 1: JobUpdateStatus status  2: i64 createdTimestampMs  3: i64 lastModifiedTimestampMs }

struct JobUpdateSummary { 3: string user  4: JobUpdateState state  5: JobUpdateKey key  6: optional set<Metadata> metadata }

struct JobUpdate { 1: JobUpdateSummary summary  2: JobUpdateInstructions instructions }

struct JobUpdateEvent { 1: JobUpdateStatus status  2: i64 timestampMs  3: optional string user  4: optional string message }

struct JobInstanceUpdateEvent { 1: i32 instanceId  2: i64 timestampMs  3: JobUpdateAction action  4: optional string message }

struct JobUpdateDetails { 1: JobUpdate update  2: list<JobUpdateEvent> updateEvents  3: list<JobInstanceUpdateEvent> instanceEvents }

struct StoredJobUpdateDetails { 1: JobUpdateDetails details }

struct HostMaintenanceRequest { 1: string host  2: SlaPolicy defaultSlaPolicy  3: i64 timeoutSecs  4: i64 createdTimestampMs }

struct Snapshot {
  1: i64 timestamp
  3: set<HostAttributes> hostAttributes
  4: set<ScheduledTask> tasks
  5: set<StoredCronJob> cronJobs
  6: SchedulerMetadata schedulerMetadata
  8: set<QuotaConfiguration> quotaConfigurations
  10: set<StoredJobUpdateDetails> jobUpdateDetails
  13: set<HostMaintenanceRequest> hostMaintenanceRequests
}
