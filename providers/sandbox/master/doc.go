// Package master is the sandbox's simulated Mesos master: it knows frameworks and their running tasks, and kills tasks where a
// real master would, so that a restore done in the wrong order visibly costs tasks.
//
// # What it serves
//
//	GET  /master/state, /state     frameworks, completed frameworks, agents
//	GET  /master/tasks, /tasks     tasks, in pages: framework_id, task_id, limit (100), offset (0), order (asc or des)
//	POST /api/v1, /master/api/v1   GET_TASKS and GET_FRAMEWORKS, in JSON
//	GET  /sandbox/events           what happened, oldest first, as {"events":[Event…]}
//	POST /sandbox/driver/…         the driver protocol, below
//
// With ZooKeeper it advertises itself there as MasterInfo JSON, in an ephemeral node json.info_NNNNNNNNNN.
//
// # Frameworks
//
// A framework that subscribes without an id gets a new one. With an id that is registered it takes that framework over, tasks
// and all; another driver that still holds it is told "Framework failed over" and cut. With the id of a completed framework it
// is refused: "Framework has been removed". With an id that was never heard of it is accepted under that id and has no tasks, as
// a real master does, because it may itself be newly elected.
//
// When the connection of its driver ends, a framework is disconnected and inactive, and its tasks run on. When it has not come
// back after its failover timeout, its tasks are killed and it is completed. That is worked out whenever somebody looks, with
// the exact time at which it was due.
//
// # The driver protocol
//
// It stands where the real scheduler speaks libprocess; Driver is its client. POST /sandbox/driver/subscribe takes a
// FrameworkInfo and answers with a stream of JSON objects, one a line, for as long as the driver lives:
//
//	{"type":"REGISTERED","framework_id":"…","stream_id":"…","agents":[{"id":"…","hostname":"…"}]}
//	{"type":"UPDATE","status":{"task_id":"…","state":"TASK_RUNNING","message":"…","reason":"…","source":"…",…}}
//	{"type":"ERROR","message":"…"}       the last object; the framework id was refused or taken over
//
// POST /sandbox/driver/call answers 202, or 403 when the stream is not the one that now holds the framework:
//
//	{"type":"LAUNCH","framework_id":"…","stream_id":"…","tasks":[{"id":"…","name":"…","agent_id":"…"}]}
//	{"type":"KILL","framework_id":"…","stream_id":"…","task_ids":["…"],"why":"reconciliation"}
//	{"type":"RECONCILE","framework_id":"…","stream_id":"…","task_ids":[]}
//
// A launched task is TASK_RUNNING at once. RECONCILE without task ids sends the state of every task that has not ended; with
// task ids, the state of each, and TASK_LOST, "Reconciliation: Task is unknown", for one that is not known.
//
// # Simplifications
//
// There is one master, which always leads. There are no offers and no resources: a launch names any agent that it was told of.
// Status updates are not acknowledged: a task that has ended is in completed_tasks at once, and an update that no driver was
// there to hear is not repeated. Nobody authenticates. The state is in memory, and the master is never
// restarted.
package master
