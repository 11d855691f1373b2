package backup

import (
	"github.com/restorectl/restorectl/providers/aurora"
)

// What is kept of a ScheduledTask.
const (
	keepTask slot = iota
	keepID
	keepHost
	keepInstance
	keepStatus
	keepPartitioned
	keepConfig
	keepKey
	keepRole
	keepEnvironment
	keepName
	// Releases up to 0.12 had the job's name outside a key.
	keepOldName
	keepOwner
	keepOldRole
	keepOldEnvironment
	keepNumbers
	keepResources
	keepPartitionPolicy
	keepSLAPolicy
)

// scheduledTask is what a scan keeps of a ScheduledTask (api.thrift).
var scheduledTask = structure{
	1: {typ: typeStruct, slot: keepTask, inside: structure{
		1: {typ: typeString, slot: keepID},
		3: {typ: typeString, slot: keepHost},
		4: {typ: typeStruct, slot: keepConfig, inside: taskConfig},
		6: {typ: typeI32, slot: keepInstance},
	}},
	2: {typ: typeI32, slot: keepStatus},
	6: {typ: typeI32, slot: keepPartitioned},
}

var taskConfig = structure{
	3:  {typ: typeString, slot: keepOldName},
	8:  {typ: typeDouble, slot: keepNumbers},
	17: {typ: typeStruct, slot: keepOwner, inside: structure{1: {typ: typeString, slot: keepOldRole}}},
	26: {typ: typeString, slot: keepOldEnvironment},
	28: {typ: typeStruct, slot: keepKey, inside: structure{
		1: {typ: typeString, slot: keepRole},
		2: {typ: typeString, slot: keepEnvironment},
		3: {typ: typeString, slot: keepName},
	}},
	32: {typ: typeSet, slot: keepResources},
	34: {typ: typeStruct, slot: keepPartitionPolicy},
	35: {typ: typeStruct, slot: keepSLAPolicy},
}

// task reads a ScheduledTask and adds it to the report.
func (s *scanner) task() {
	k := &s.kept
	s.wire.keep(2, scheduledTask, k)
	if s.wire.err != nil {
		return
	}
	s.signs |= k.seen & signsOfRelease
	id := k.text(keepID)
	twice := s.ids.add(id)
	switch {
	case len(id) == 0:
		s.problem("task number %d has no id", s.ids.count)
	case twice:
		s.problem("task %s is there twice", id)
	case !k.has(keepConfig):
		s.problem("task %s has no configuration", id)
	}
	status := aurora.ScheduleStatus(k.i32(keepStatus))
	if s.keep.ActiveIDs && status.Active() {
		s.active = append(s.active, s.texts.add(id))
	}
	s.statuses[status]++
	job := s.jobOf(k)
	job.tasks++
	if s.keep.Visit != nil {
		s.keep.Visit(Task{ID: s.texts.add(id), Job: job.name, Status: status, Instance: k.i32(keepInstance), Host: s.intern(k.text(keepHost))})
	}
}

// jobCount counts the tasks of a job.
type jobCount struct {
	name, role, environment string
	tasks                   int
}

// jobOf gives the count of a task's job. Tasks of one job often follow each other.
func (s *scanner) jobOf(k *kept) *jobCount {
	role, environment, name := k.text(keepRole), k.text(keepEnvironment), k.text(keepName)
	if !k.has(keepKey) {
		role, environment, name = k.text(keepOldRole), k.text(keepOldEnvironment), k.text(keepOldName)
	}
	b := append(append(s.scratch[:0], role...), '/')
	b = append(append(b, environment...), '/')
	b = append(b, name...)
	s.scratch = b
	if s.job != nil && s.job.name == string(b) {
		return s.job
	}
	known, ok := s.jobs[string(b)]
	if !ok {
		known = &jobCount{name: string(b), role: s.intern(role), environment: s.intern(environment)}
		s.jobs[known.name] = known
	}
	s.job = known
	return known
}

// tally puts the counts into the report.
func (s *scanner) tally() {
	r := &s.report
	for status, n := range s.statuses {
		r.TasksByStatus[status.String()] += n
	}
	for name, c := range s.jobs {
		r.TasksByJob[name] = c.tasks
		r.TasksByRole[c.role] += c.tasks
		r.TasksByEnvironment[c.environment] += c.tasks
	}
}
