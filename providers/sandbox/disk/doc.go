// Package disk simulates what a disk with a fault does to the programs that change files on a host of the sandbox: one that is full,
// one that was mounted read-only after an error, a file that is immutable, and a write of which one byte arrives wrong.
//
// Nothing of that can be had for real without root. While a host's disk has a fault, its PATH begins with stand-ins for the programs of
// coreutils that change files. They fail with the texts and the exit status of the real ones where those would fail, and become the
// real ones otherwise. What a program of the sandbox itself writes asks the state for itself: mesos-log and a scheduler's log.
//
// A full disk still has room for names: an empty file can be made, and a file can be renamed, removed or given another mode.
package disk
