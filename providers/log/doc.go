// Package log owns a scheduler's replica of the replicated log on its host: it reads it from a copy, moves it into quarantine, has
// mesos-log initialise an empty one, and brings the old one back. It never deletes a log.
package log
