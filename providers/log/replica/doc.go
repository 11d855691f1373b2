// Package replica reads a replica of the Mesos replicated log from its files: a LevelDB database whose values are protobuf
// records (Mesos src/messages/log.proto), keyed by position + 1 in ten decimal digits.
//
// Reading changes nothing, verifies every checksum, and stops at the first thing that is broken. The real tools do neither:
// mesos-log read compacts what it opens, and skips what it can't read without a word. A replica that a scheduler has open must be
// copied first, since opening takes its lock.
package replica
