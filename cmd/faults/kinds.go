package main

import (
	"context"
	"errors"
	"regexp"
	"syscall"
)

// kind is a kind of fault.
type kind struct {
	name string
	// inject makes it happen to a running command, and takes it back where it goes by itself. It may take as long as that needs, and
	// gives errNothing where there was nothing to hurt.
	inject func(ctx context.Context, v *victim) error
	// takeBack is what a person does about it before the command is given again; nil where nobody has to do anything.
	takeBack func(ctx context.Context, v *victim) error
	// says is what a command that fails of it must say, so that the person knows what to do; the host's name must be there too.
	says *regexp.Regexp
	// armed says that it waits for its moment from the command's begin, and not for an event.
	armed bool
}

// errNothing says that there was nothing to hurt at that moment.
var errNothing = errors.New("there was nothing to hurt")

// kinds are all kinds of fault, in the order of the table in the documentation.
func kinds() []kind {
	room := regexp.MustCompile(`No space left on device.*make room`)
	return []kind{
		{name: "restorectl killed", inject: killTool},
		{name: "restorectl interrupted", inject: interruptTool},
		{name: "restorectl interrupted twice", inject: interruptToolTwice},
		{name: "restorectl asleep for a while", inject: suspendTool},
		{name: "journal's disk full", inject: fillJournal, says: regexp.MustCompile(`the journal can't be written`)},
		{name: "connections to a host cut", inject: cutConnections},
		{name: "connections to all hosts cut", inject: cutAllConnections},
		{name: "answers delayed", inject: delayAnswers},
		{name: "answer to the staging lost", inject: loseAnswer("stageRecovery"), armed: true},
		{name: "answer to the commit lost", inject: loseAnswer("commitRecovery"), armed: true},
		{name: "answer to the commit lost, restorectl killed", inject: loseAnswerAndTool("commitRecovery"), armed: true},
		{name: "scheduler killed", inject: signalScheduler(syscall.SIGKILL)},
		{name: "scheduler terminated", inject: signalScheduler(syscall.SIGTERM)},
		{name: "scheduler frozen for a moment", inject: freezeScheduler(short)},
		{name: "scheduler frozen for long", inject: freezeScheduler(long)},
		{name: "scheduler half alive", inject: halveScheduler},
		{name: "leadership moved", inject: moveLeadership},
		{name: "ZooKeeper away for a moment", inject: pauseZooKeeper},
		{name: "backup staged on a scheduler by somebody else", inject: stageBehind},
		{name: "host rebooted", inject: rebootHost},
		{name: "host down until booted by hand", inject: powerOff, takeBack: powerOn, says: regexp.MustCompile(`unreachable`)},
		{name: "disk full for a while", inject: fillDiskForAWhile},
		{name: "disk full until room is made", inject: fillDisk, takeBack: mendDisk, says: room},
		{name: "settings folder read-only until mounted anew", inject: mountReadOnly, takeBack: mendDisk,
			says: regexp.MustCompile(`Read-only file system.*mount`)},
		{name: "settings file immutable until released", inject: makeImmutable, takeBack: mendDisk,
			says: regexp.MustCompile(`Operation not permitted.*lsattr`)},
		{name: "upload corrupted", inject: corruptUpload},
	}
}
