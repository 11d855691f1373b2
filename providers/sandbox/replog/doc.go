// Package replog is the sandbox's Mesos replicated log, the library that a scheduler process keeps its state with. Each process opens
// one replica; its files are those of the real library (LevelDB, protobuf records), so that real tools and providers/log/replica
// read them.
//
// Replicas agree as Mesos lets them (src/log of Apache Mesos): a writer is elected by the promises of a quorum of voting replicas,
// fills every position that its replica has not learned with what the first quorum to answer knows, or with nothing, and then writes
// each entry to a quorum. Empty replicas do not vote, and catch up once a quorum of others does. The real library's vices are kept
// as well: among freshly initialised replicas an old one comes back in part, without an error, and a damaged write-ahead log starts
// with what is left of it.
//
// The messages between replicas are not those of libprocess but the sandbox's own: one JSON request and one JSON answer on each TCP
// connection.
package replog
