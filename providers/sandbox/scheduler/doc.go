// Package scheduler is the sandbox's Aurora scheduler: a process that behaves towards operators, files, ZooKeeper, the other schedulers
// and the Mesos master as Aurora 0.22.0 was seen to. It takes the real flags as strictly, keeps its state in a replica of the log in the
// real format (package replog), elects a leader through ZooKeeper, serves /vars, the health paths and /api, writes backups, restores
// them, and launches, reconciles and kills tasks.
//
// Its vices are real too: the gauge says LEADER_AWAITING_REGISTRATION before the log has been read; followers stage and query backups
// as if they led; with BASIC authentication a call without credentials is answered 200 with an exception; and a leader that has
// committed, or has waited too long for its registration, closes its port and lives on as a process until it gets a signal.
//
// # Simplifications
//
// Of the API there are the recovery calls, reading calls for tasks and jobs, killTasks, snapshot, performBackup and the reconciliation
// triggers. Tasks go straight from PENDING to ASSIGNED, on any agent, and from there to where the Mesos master says; there are no
// offers, quotas are kept but not enforced, cron jobs never fire, updates never move on, and nothing is pruned. A task that a backup has
// as RESTARTING, DRAINING, PREEMPTING, KILLING or PARTITIONED stays so, and goes on where it runs; Aurora kills it, or its partition
// policy decides. Maintenance of hosts is kept and does nothing. The log's messages have Mesos' words but not its line numbers. Of the
// many other lines and gauges only those are there that people look for in a restore.
package scheduler
