package session

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// keys are approvals of persons whose keys are good until a moment.
type keys struct {
	until time.Time
	asked []time.Time
}

func (k *keys) Check(_ string, _ *planner.Plan, at time.Time) ([]string, error) {
	k.asked = append(k.asked, at)
	if at.After(k.until) {
		return nil, errors.New("the key of alice expired")
	}
	return []string{"alice", "b\x1b[2Job"}, nil
}

func TestApplyNeedsApproval(t *testing.T) {
	path, w, s, out := setup(t)
	s.Approvals = &keys{until: noon}
	if err := s.Apply(t.Context(), path, w); err == nil || !strings.Contains(err.Error(), "expired") || len(w.acted) > 0 {
		t.Errorf("error %v, acted %v", err, w.acted)
	}
	// A run that began while the keys were good goes on after that, and so does the way back.
	k := &keys{until: noon.Add(time.Hour)}
	s.Approvals = k
	w.failAt = "stage/stage"
	if err := s.Apply(t.Context(), path, w); err == nil || !strings.Contains(err.Error(), "connection lost") {
		t.Fatalf("error %v", err)
	}
	journal, err := FindJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := History(journal); err != nil || !slices.Equal(h.Forward.ApprovedBy, []string{"alice", "b\x1b[2Job"}) {
		t.Errorf("recorded as approved by %q, error %v", h.Forward.ApprovedBy, err)
	}
	if !strings.Contains(out.String(), "Approved by alice, b�[2Job.") {
		t.Errorf("the persons are not shown:\n%s", out)
	}
	s.Now = func() time.Time { return noon.Add(2 * time.Hour) }
	w.failAt = ""
	if err := s.Apply(t.Context(), path, w); err != nil {
		t.Fatal(err)
	}
	if last := k.asked[len(k.asked)-1]; last.After(noon.Add(time.Hour)) {
		t.Errorf("asked about %s", last)
	}
	s.Approvals = &keys{}
	if err := s.Revert(t.Context(), journal, nil, w); err != nil {
		t.Error(err)
	}
}

// TestApplyRefusesWithoutApprovals does not run a plan that wants approvals where nobody looks for them.
func TestApplyRefusesWithoutApprovals(t *testing.T) {
	path, w, s, _ := setup(t)
	p, _, err := planfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	p.Restore.Approval = config.Approval{Required: 1, AllowedSigners: "/none"}
	if _, err := planfile.Write(path, p, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), path, w); err == nil || !strings.Contains(err.Error(), "must be approved") || len(w.acted) > 0 {
		t.Errorf("error %v, acted %v", err, w.acted)
	}
}
