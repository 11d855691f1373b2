package lock

import (
	"fmt"

	"github.com/restorectl/restorectl/planner"
)

// TakenError says that somebody else has the cluster. Nothing was done.
type TakenError struct {
	// Claim is what is known of theirs; its Run is empty where nothing is.
	Claim planner.Claim
	// Live says that a process works on the cluster now; otherwise a run is open on record.
	Live bool
	// Where is "ZooKeeper", or a host's name.
	Where string
}

// Busy says that a process works on the cluster now, which may end at any time.
func (e *TakenError) Busy() bool { return e.Live }

// Error names who has it, and the ways on.
func (e *TakenError) Error() string {
	switch {
	case e.Live && e.Claim.Run == "":
		return fmt.Sprintf("the cluster is locked: another restorectl works on %s right now and has no run on record yet; nothing was done: wait until it is through", e.Where)
	case e.Live:
		return fmt.Sprintf("the cluster is locked: %s is being worked on right now (%s says so); nothing was done: wait until it is through. "+
			"A process that was killed, or has lost its connection, loses the lock within %s", e.Claim, e.Where, holdSilence)
	}
	return fmt.Sprintf("the cluster is locked: %s is open (%s says so) and nobody works on it now; nothing was done: finish it where its journal lies, "+
		"or take it over with `restorectl adopt`, then `restorectl apply` or `restorectl revert`; `restorectl unlock %s` explains what else can be done",
		e.Claim, e.Where, e.Claim.Run)
}
