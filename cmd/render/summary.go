package render

import (
	"fmt"
	"strings"

	"github.com/restorectl/restorectl/planner"
)

// Summary is a plan in one line: how much of what it does.
func Summary(p *planner.Plan) string {
	if p.HasErrors() {
		n := 0
		for _, f := range p.Findings {
			if f.Severity == planner.Error {
				n++
			}
		}
		return fmt.Sprintf("No plan: %s forbid it.", plural(n, "error finding"))
	}
	steps := p.Steps()
	if len(steps) == 0 {
		return "Nothing to do."
	}
	counts := map[string]int{}
	for _, s := range steps {
		counts[verb(s.Action)]++
	}
	var parts []string
	for _, v := range verbs {
		if n := counts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return fmt.Sprintf("Plan: %s in %s: %s.", plural(len(steps), "step"), plural(len(p.Phases), "phase"), strings.Join(parts, ", "))
}

// verbs is the order in which a summary names what is done; verb names one action.
var verbs = []string{"to stop", "to isolate", "files to edit", "files to restore", "logs to move aside", "logs to bring back", "logs to initialise", "logs to rebuild", "to start", "to stage", "to commit", "to unblock"}

var logsTo = map[planner.LogOp]string{
	planner.OpQuarantine: "logs to move aside", planner.OpInitialize: "logs to initialise", planner.OpRecover: "logs to bring back",
	planner.OpVacate: "logs to rebuild",
}

func verb(a planner.Action) string {
	switch {
	case a.Service != nil:
		return "to " + string(a.Service.Op)
	case a.Firewall != nil && a.Firewall.Op == planner.OpBlock:
		return "to isolate"
	case a.Firewall != nil:
		return "to unblock"
	case a.Flags != nil && a.Flags.Op == planner.OpEdit, a.Clusters != nil && a.Clusters.Op == planner.OpEdit, a.HostsFile != nil && a.HostsFile.Op == planner.OpAddLine:
		return "files to edit"
	case a.Flags != nil, a.Clusters != nil, a.HostsFile != nil:
		return "files to restore"
	case a.Log != nil:
		return logsTo[a.Log.Op]
	case a.Scheduler != nil && (a.Scheduler.Op == planner.OpStage || a.Scheduler.Op == planner.OpCommit):
		return "to " + string(a.Scheduler.Op)
	}
	return ""
}
