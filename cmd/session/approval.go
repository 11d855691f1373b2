package session

import (
	"errors"
	"strings"
	"time"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// Approvals says by whom plans were approved.
type Approvals interface {
	// Check gives the persons who approved the plan in the file at path; none where none has to. Its error says what is missing and why
	// each signature that is there does not count at that time.
	Check(path string, p *planner.Plan, at time.Time) ([]string, error)
}

// requireApproval refuses a plan that has not the approvals that it needs, and gives the persons who approved it. A run that goes on was
// approved when it began, and a key that has expired since does not strand it. What will not run anyway needs none.
func (s *Session) requireApproval(path string, p *planner.Plan, h *executor.History) ([]string, error) {
	at := s.Now()
	if f := h.Forward; f != nil {
		if f.Ended || h.Inverse != nil || h.Closed() {
			return nil, nil
		}
		at = f.Began
	}
	if s.Approvals == nil {
		if p.Restore.Approval.Required > 0 {
			return nil, errors.New("the plan must be approved, and nothing here can tell by whom it was")
		}
		return nil, nil
	}
	persons, err := s.Approvals.Check(path, p, at)
	if err != nil || len(persons) == 0 {
		return nil, err
	}
	_, err = s.Out.Write([]byte(render.Printable("Approved by " + strings.Join(persons, ", ") + ".\n\n")))
	return persons, err
}
