// Package lock lets one run at a time work on a cluster, and one process at a time on a run.
//
// A claim has two parts. That a run is open stays on record from apply's first step to revert's end, in ZooKeeper and in each host's
// record of the run (package run). That a process works on it now ends with the process: an ephemeral node in ZooKeeper, and on each
// host an flock(2) on the folder that holds the log, which leaves no trace, held by a command that ends when its connection ends or is
// silent for holdSilence.
//
// A claim is taken in ZooKeeper and on every host that can be reached. It holds as long as ZooKeeper has it or a majority of the hosts
// does, and nobody else has it anywhere; so two operators of whom one can't reach ZooKeeper meet on the hosts.
//
// In ZooKeeper the nodes are, below Aurora's chroot and beside its own folders:
//
//	/restorectl/<serverset path, escaped>/run       the open run
//	/restorectl/<serverset path, escaped>/holder    the process that works on it, ephemeral
package lock
