package scheduler

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/providers/aurora"
)

// differences compares tasks that a scheduler shows with those of a backup, task by task, and says in a line each which are
// missing, which are there besides, and what differs in the others; nothing where all is as in the backup. Values are never in it,
// but states. A scheduler rewrites what older releases wrote (resources, job keys) and fills in what they did not know; that is no
// difference.
func differences(want, got []aurora.ScheduledTask) []string {
	var lines []string
	add := func(id, format string, args ...any) {
		lines = append(lines, "task "+id+" "+fmt.Sprintf(format, args...))
	}
	found := make(map[string]*aurora.ScheduledTask, len(got))
	for i := range got {
		id := got[i].ID()
		if found[id] != nil {
			add(id, "is there twice")
		}
		found[id] = &got[i]
	}
	for i := range want {
		w := &want[i]
		g := found[w.ID()]
		delete(found, w.ID())
		switch {
		case g == nil:
			add(w.ID(), "is missing")
		case g.Status != w.Status:
			add(w.ID(), "is %s, not %s", g.Status, w.Status)
		default:
			if where := taskDifference(w, g); where != "" {
				add(w.ID(), "differs in %s", where)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		add(id, "is not in the backup")
	}
	return lines
}

// storeDifferences compares what a leader's store holds with what was committed, as differences does. Not all that leaders do waits for
// their registration, and what they do before is no difference: releases up to 0.15 forget tasks that are over, where a job has
// many, and make PENDING of what was THROTTLED for long enough; those from 0.20 give a PARTITIONED task up for LOST once its policy's
// delay is over, at once where it has none, and put a new one in its place.
func storeDifferences(want, store []aurora.ScheduledTask) []string {
	held := make(map[string]*aurora.ScheduledTask, len(store))
	for i := range store {
		held[store[i].ID()] = &store[i]
	}
	var expected []aurora.ScheduledTask
	givenUp := map[string]bool{}
	for _, t := range want {
		h := held[t.ID()]
		switch {
		case h == nil && t.Status.Terminal():
			continue
		case h != nil && t.Status == aurora.Partitioned && h.Status == aurora.Lost:
			givenUp[t.ID()] = true
			t.Status, t.TaskEvents = h.Status, h.TaskEvents
		case h != nil && t.Status == aurora.Throttled && h.Status == aurora.Pending:
			t.Status, t.TaskEvents = h.Status, h.TaskEvents
		}
		expected = append(expected, t)
	}
	return differences(expected, slices.DeleteFunc(slices.Clone(store), func(t aurora.ScheduledTask) bool {
		return givenUp[t.AncestorID] && (t.Status == aurora.Pending || t.Status == aurora.Throttled)
	}))
}

// firstOf shortens a list of differences for a message.
func firstOf(lines []string) string {
	const most = 5
	s := strings.Join(lines[:min(most, len(lines))], "; ")
	if more := len(lines) - most; more > 0 {
		s += fmt.Sprintf("; and %d more", more)
	}
	return s
}

// without leaves tasks out.
func without(tasks []aurora.ScheduledTask, ids []string) []aurora.ScheduledTask {
	return slices.DeleteFunc(slices.Clone(tasks), func(t aurora.ScheduledTask) bool { return slices.Contains(ids, t.ID()) })
}

// defaulted says whether a scheduler fills in a field where a backup of an older release does not have it.
func defaulted(field string) bool {
	switch field {
	case "ScheduledTask.TimesPartitioned", "TaskConfig.Production", "TaskConfig.Tier", "TaskConfig.Container",
		"TaskConfig.PartitionPolicy", "TaskConfig.Owner":
		return true
	}
	return false
}

// rewritten says whether a field's content moves to other fields between releases; taskDifference compares what they say together.
func rewritten(field string) bool {
	switch field {
	case "TaskConfig.JobName", "TaskConfig.Environment", "TaskConfig.Job", "Identity.Role",
		"TaskConfig.NumCPUs", "TaskConfig.RAMMB", "TaskConfig.DiskMB", "TaskConfig.RequestedPorts", "TaskConfig.Resources":
		return true
	}
	return false
}

// taskDifference names the first part in which a task differs from the backup's; empty where it is the same.
func taskDifference(want, got *aurora.ScheduledTask) string {
	if want.Job() != got.Job() {
		return "its job"
	}
	if want.AssignedTask != nil && got.AssignedTask != nil && !maps.Equal(resources(want.AssignedTask.Task), resources(got.AssignedTask.Task)) {
		return "its resources"
	}
	return structDifference(reflect.ValueOf(*want), reflect.ValueOf(*got))
}

// resources are what a task needs: an amount of each kind, and its ports.
func resources(c *aurora.TaskConfig) map[string]float64 {
	all := map[string]float64{}
	if c == nil {
		return all
	}
	amount := func(kind string, n *int64) {
		if n != nil {
			all[kind] = float64(*n)
		}
	}
	if len(c.Resources) == 0 {
		if c.NumCPUs != nil {
			all["cpus"] = *c.NumCPUs
		}
		amount("ram", c.RAMMB)
		amount("disk", c.DiskMB)
		for _, p := range c.RequestedPorts {
			all["port "+p] = 1
		}
	}
	for _, r := range c.Resources {
		if r.NumCPUs != nil {
			all["cpus"] = *r.NumCPUs
		}
		amount("ram", r.RAMMB)
		amount("disk", r.DiskMB)
		amount("gpus", r.NumGPUs)
		if r.NamedPort != nil {
			all["port "+*r.NamedPort] = 1
		}
	}
	return all
}

func structDifference(want, got reflect.Value) string {
	t := want.Type()
	for i := range t.NumField() {
		field := t.Name() + "." + t.Field(i).Name
		if rewritten(field) || want.Field(i).IsZero() && defaulted(field) {
			continue
		}
		set := strings.HasSuffix(t.Field(i).Tag.Get("thrift"), ",set")
		if where := valueDifference(want.Field(i), got.Field(i), set, field); where != "" {
			return where
		}
	}
	return ""
}

// valueDifference names the place where two values of a field differ, the field itself or one below it. A list or map that is not
// there is an empty one.
func valueDifference(want, got reflect.Value, set bool, field string) string {
	var same bool
	switch want.Kind() {
	case reflect.Pointer:
		if !want.IsNil() && !got.IsNil() {
			return valueDifference(want.Elem(), got.Elem(), false, field)
		}
		same = want.IsNil() == got.IsNil()
	case reflect.Struct:
		return structDifference(want, got)
	case reflect.Slice:
		same = want.Len() == got.Len()
		if same && set {
			same = sameSet(want, got)
		}
		for i := 0; same && !set && i < want.Len(); i++ {
			same = valueDifference(want.Index(i), got.Index(i), false, field) == ""
		}
	case reflect.Map:
		same = want.Len() == got.Len() && (want.Len() == 0 || reflect.DeepEqual(want.Interface(), got.Interface()))
	default:
		same = want.Interface() == got.Interface()
	}
	if same {
		return ""
	}
	return field
}

// sameSet pairs each element with an equal one; the sets are as long as each other.
func sameSet(want, got reflect.Value) bool {
	taken := make([]bool, got.Len())
	for i := range want.Len() {
		paired := false
		for j := 0; j < got.Len() && !paired; j++ {
			if !taken[j] && valueDifference(want.Index(i), got.Index(j), false, "element") == "" {
				taken[j], paired = true, true
			}
		}
		if !paired {
			return false
		}
	}
	return true
}
