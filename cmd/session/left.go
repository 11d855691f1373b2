package session

import (
	"errors"
	"fmt"
	"slices"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// Remains gives the plan of what is left of a run's cluster for its undoing, without the schedulers whose hosts died since the run began.
func Remains(h *executor.History, without []string) (*planner.Plan, error) {
	left, err := leftOut(h, without)
	if err != nil {
		return nil, err
	}
	return h.Forward.Plan.Leave(left...)
}

// leftOut are the schedulers that the undoing leaves out: those of before and those of now. An error says that nothing was begun, or that
// the run did not work on a scheduler of that name.
func leftOut(h *executor.History, without []string) ([]string, error) {
	if h.Forward == nil {
		return nil, errors.New("no run was begun: there is nothing to revert")
	}
	left := h.Left()
	for _, name := range without {
		if !slices.ContainsFunc(h.Forward.Plan.Observation.Hosts, func(host planner.Host) bool { return host.Name == name }) {
			return nil, fmt.Errorf("%q can't be left out of the undoing: the run did not work on a scheduler of that name", name)
		}
		if !slices.Contains(left, name) {
			left = append(left, name)
		}
	}
	return left, nil
}
