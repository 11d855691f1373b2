package planner

import "time"

// Plan kinds.
const (
	// KindApply is a forward plan: it restores.
	KindApply Kind = "apply"
	// KindRevert is the inverse plan after a completed apply: back to normal service with the restored state.
	KindRevert Kind = "revert"
	// KindRollback is the inverse plan of an unfinished apply: everything, the old log included, back as it was.
	KindRollback Kind = "rollback"
	// KindRejoin brings a scheduler back that was absent from a run: its old log goes into quarantine and it catches up.
	KindRejoin Kind = "rejoin"
)

// Kind says which way a plan goes.
type Kind string

// Phase is a stage of a plan. The steps of one host run in their order, hosts run beside each other, and when all hosts are
// through, the steps of the cluster run in their order. No phase begins before the one before it has ended everywhere.
type Phase struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Steps []Step `json:"steps"`
}

// Step is one action on one host, or on the cluster as a whole where Host is empty.
type Step struct {
	// ID is unique in the plan and stable between plans of the same cluster: "configure/scheduler-1/flags".
	ID    string `json:"id"`
	Host  string `json:"host,omitempty"`
	Title string `json:"title"`
	// Action is what is done. It holds all that its provider needs to know.
	Action Action `json:"action"`
	// Changes is the diff for people. It must not influence what the step does.
	Changes []Change `json:"changes,omitempty"`
	// Guard and Verification say in words what is looked at right before the step and right after it.
	Guard        string `json:"guard,omitempty"`
	Verification string `json:"verification,omitempty"`
	// Inverse is what revert does for this step; nil where nothing has to be undone.
	Inverse *Step `json:"inverse,omitempty"`
	// Timeout bounds the step, verification included.
	Timeout Duration `json:"timeout"`
	// HoldsUntil is the id of a later step. Until that one is done the effect of this step can be lost, by a failover or by a reboot
	// of its host, so that a resumed run looks at the world again instead of trusting the journal.
	HoldsUntil string `json:"holds_until,omitempty"`
}

// Change is the before and after of one thing, as text. Empty Before means that the thing is made, empty After that it goes.
type Change struct {
	Subject string `json:"subject"`
	Before  string `json:"before,omitempty"`
	After   string `json:"after,omitempty"`
	// Where names the file or place of the thing, where that helps.
	Where string `json:"where,omitempty"`
}

// Duration is a time.Duration that reads well in JSON ("1m30s").
type Duration time.Duration

// MarshalText writes the duration as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = Duration(v)
	return nil
}
