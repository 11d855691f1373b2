package replica

import (
	"fmt"

	"github.com/restorectl/restorectl/providers/aurora/logentry"
)

// Rebuild reads the replica in dir and rebuilds the scheduler's state from it. The reader is never nil once the log could be
// opened: after an error it holds what could be read before the damage, up to the state's End.
func Rebuild(dir string) (*State, *logentry.Reader, error) {
	r := logentry.NewReader()
	state, err := Read(dir, func(a Action) error {
		// Only an APPEND holds an entry, and what was not learned may never have been agreed upon.
		if a.Type != Append || !a.Learned {
			return nil
		}
		if err := r.Read(a.Bytes); err != nil {
			return fmt.Errorf("position %d: %w", a.Position, err)
		}
		return nil
	})
	r.Close()
	return state, r, err
}
