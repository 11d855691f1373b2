// Package sandbox is a whole Aurora cluster on one machine, for demonstrations, rehearsals and tests: scheduler hosts with SSH
// servers, supervisors and packet filters, the schedulers themselves as processes of their own (the program is the caller's, see
// Scheduler), ZooKeeper, and a Mesos master that knows what runs. It needs Linux, bash and coreutils; no root, no packages, and no
// network but loopback.
//
// # Addresses
//
// Each sandbox has a network 127.A.B.0/24 of its own, chosen at random among those whose ports are free. Host i is 127.A.B.i, so that
// all hosts have the ports of the field: HTTP 8081, libprocess 8083; SSH is on 2222, since 22 is for root. ZooKeeper is at
// 127.A.B.200:2181, the Mesos master at 127.A.B.201:5050. A connection comes from a host when its source is that host's address, and
// from outside in every other case; that is the case of all programs on the machine that choose no source, a browser for one.
//
// # Hosts
//
// The folder of a host, DIR/scheduler-1 and so on, is laid out as the Debian packages lay out a machine, below that folder instead
// of /: etc/default/aurora-scheduler, etc/aurora/clusters.json, etc/hosts, lib/systemd/system/aurora-scheduler.service,
// usr/bin/aurora-scheduler-startup, usr/sbin/aurora-scheduler, var/lib/aurora/scheduler/{db,backups},
// var/log/aurora-scheduler.log. It is the home folder of the host's only user, who is whoever runs the sandbox, so its files can be
// named ~/etc/default/aurora-scheduler and so on. In bin, which comes first on PATH, are systemctl, sudo, nft, mesos-log, aurora_admin,
// hostname, and the java that runs a scheduler: all the program itself under other names (Dispatch).
//
// # Simplifications
//
// The service comes back 1 second after its end where the packages' unit waits for 20 (RestartSec can be set), and the schedulers'
// settings give the log 30 seconds for a write (-native_log_write_timeout, 3 by default), since all of a cluster may share one busy
// processor. All hosts share the machine's users, processes, clock and disk. What else is simplified is said by the packages below this one.
package sandbox
