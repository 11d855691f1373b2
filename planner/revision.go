package planner

import (
	"encoding/json"
	"slices"
)

// Revision is what differs between two plans of the same restore.
type Revision struct {
	// Seen are the facts that changed between the observations.
	Seen []Difference
	// RemedyThen and RemedyNow are empty where the remedy is the same.
	RemedyThen, RemedyNow Remedy
	// FindingsGone and FindingsNew are those that only one of the plans has, told apart by severity, code and host: their words hold ages
	// and sizes, which move.
	FindingsGone, FindingsNew []Finding
	// ImpactThen and ImpactNow are nil where the impact is the same, or where a plan has none.
	ImpactThen, ImpactNow *Impact
	// Steps are those that differ, in the order of the new plan, and last those that are gone. There are none where the new plan is forbidden
	// by a finding.
	Steps []StepRevision
	// LeftOutGone and LeftOutNew are what only one of the plans leaves out.
	LeftOutGone, LeftOutNew []string
}

// StepRevision is a step that only one plan has, the other being nil, or that differs.
type StepRevision struct {
	Then, Now *Step
}

// Compare says what differs between a plan and the one that was made after it.
func Compare(then, now *Plan) Revision {
	r := Revision{Seen: Drift(&then.Observation, &now.Observation)}
	if !now.HasErrors() {
		r.Steps = compareSteps(then.Steps(), now.Steps())
		equal := func(a, b string) bool { return a == b }
		r.LeftOutGone, r.LeftOutNew = onlyIn(then.LeftOut, now.LeftOut, equal), onlyIn(now.LeftOut, then.LeftOut, equal)
	}
	if then.Remedy != now.Remedy {
		r.RemedyThen, r.RemedyNow = then.Remedy, now.Remedy
	}
	if !same(then.Impact, now.Impact) {
		r.ImpactThen, r.ImpactNow = then.Impact, now.Impact
	}
	before, after := then.lasting(), now.lasting()
	r.FindingsGone, r.FindingsNew = onlyIn(before, after, sameFinding), onlyIn(after, before, sameFinding)
	return r
}

// lasting are the findings but for the notes that a process was starting when it was looked at, as one is every other time that its supervisor
// restarts again and again.
func (p *Plan) lasting() []Finding {
	return slices.DeleteFunc(slices.Clone(p.Findings), func(f Finding) bool { return f.Severity == Note && f.Code == codeHalfAlive })
}

// Empty says that the new plan does what the old one does, in a world that looks the same.
func (r *Revision) Empty() bool {
	return len(r.Seen)+len(r.Steps)+len(r.FindingsGone)+len(r.FindingsNew)+len(r.LeftOutGone)+len(r.LeftOutNew) == 0 &&
		r.RemedyThen == r.RemedyNow && r.ImpactThen == nil && r.ImpactNow == nil
}

func sameFinding(a, b Finding) bool {
	return a.Severity == b.Severity && a.Code == b.Code && a.Host == b.Host
}

// onlyIn gives the elements of these that have no match among others, each of which matches once.
func onlyIn[T any](these, others []T, match func(a, b T) bool) []T {
	left := slices.Clone(others)
	var only []T
	for _, t := range these {
		i := slices.IndexFunc(left, func(o T) bool { return match(t, o) })
		if i < 0 {
			only = append(only, t)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	return only
}

func compareSteps(then, now []Step) []StepRevision {
	before := map[string]*Step{}
	for i := range then {
		before[then[i].ID] = &then[i]
	}
	var out []StepRevision
	for i := range now {
		was := before[now[i].ID]
		delete(before, now[i].ID)
		if was == nil || !same(still(*was), still(now[i])) {
			out = append(out, StepRevision{Then: was, Now: &now[i]})
		}
	}
	for i := range then {
		if before[then[i].ID] != nil {
			out = append(out, StepRevision{Then: &then[i]})
		}
	}
	return out
}

// still is a step without what moves by itself: how a service in a crash loop looked at that moment, the end of a log in use. What it does
// is all in its action.
func still(s Step) Step {
	s.Changes = nil
	if l := s.Action.Log; l != nil {
		held := *l
		held.MinEnd = 0
		s.Action.Log = &held
	}
	if s.Inverse != nil {
		inverse := still(*s.Inverse)
		s.Inverse = &inverse
	}
	return s
}

// same compares as a plan file would write them.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
