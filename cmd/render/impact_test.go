package render

import (
	"bytes"
	"testing"

	"github.com/restorectl/restorectl/planner"
)

// TestImpactGolden has tasks of every kind.
func TestImpactGolden(t *testing.T) {
	tasks := func(job string) []planner.Task { return []planner.Task{{ID: job + "-0", Job: job}} }
	im := &planner.Impact{Source: "the scheduler on a1", Running: 9, Unaffected: 6, Launched: 1, Forgotten: 2, Jobs: planner.Jobs{Source: "the scheduler on a1"},
		Killed: tasks("ads/prod/killed"), Restarted: tasks("ads/prod/restarted"), Rescheduled: tasks("ads/prod/lost"), Unclear: tasks("ads/prod/partitioned")}
	var out bytes.Buffer
	impact(&printer{w: &out}, costOf(im))
	golden(t, "impact.golden", out.Bytes())
}
