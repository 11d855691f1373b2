package backup

import (
	"github.com/restorectl/restorectl/providers/aurora"
)

// jobNames are the parts of a job's key, where a task's configuration may have them.
type jobNames struct {
	role, environment, name          string
	hasKey                           bool
	oldRole, oldEnvironment, oldName string
}

// task reads a ScheduledTask.
func (s *scanner) task() {
	w := s.wire
	var t Task
	var names jobNames
	configured := false
	s.key = s.key[:0]
	w.each(3, func(typ byte, id int16) bool {
		switch {
		case id == 1 && typ == typeStruct:
			w.each(4, func(typ byte, id int16) bool {
				switch {
				case id == 1 && typ == typeString:
					s.key = append(s.key[:0], w.text()...)
				case id == 3 && typ == typeString:
					t.Host = s.intern(w.text())
				case id == 4 && typ == typeStruct:
					configured = true
					s.config(&names)
				case id == 6 && typ == typeI32:
					t.Instance = w.i32()
				default:
					return false
				}
				return true
			})
		case id == 2 && typ == typeI32:
			t.Status = aurora.ScheduleStatus(w.i32())
		case id == 6 && typ == typeI32:
			s.signs.partitions = true
			return false
		default:
			return false
		}
		return true
	})
	if w.err == nil {
		s.count(&t, &names, configured)
	}
}

// config reads what is kept of a TaskConfig.
func (s *scanner) config(names *jobNames) {
	w := s.wire
	w.each(5, func(typ byte, id int16) bool {
		switch {
		case id == 3 && typ == typeString:
			names.oldName = s.intern(w.text())
		case id == 17 && typ == typeStruct:
			w.each(6, func(typ byte, id int16) bool {
				if id != 1 || typ != typeString {
					return false
				}
				names.oldRole = s.intern(w.text())
				return true
			})
		case id == 26 && typ == typeString:
			names.oldEnvironment = s.intern(w.text())
			s.signs.oldNames = true
		case id == 28 && typ == typeStruct:
			names.hasKey = true
			w.each(6, func(typ byte, id int16) bool {
				if typ != typeString {
					return false
				}
				switch id {
				case 1:
					names.role = s.intern(w.text())
				case 2:
					names.environment = s.intern(w.text())
				case 3:
					names.name = s.intern(w.text())
				default:
					return false
				}
				return true
			})
		default:
			switch id {
			case 8:
				s.signs.numbers = true
			case 32:
				s.signs.resources = true
			case 34:
				s.signs.partitions = true
			case 35:
				s.signs.slaPolicy = true
			}
			return false
		}
		return true
	})
}

// count adds a task to the report. Its id is in s.key.
func (s *scanner) count(t *Task, names *jobNames, configured bool) {
	if !names.hasKey {
		names.role, names.environment, names.name = names.oldRole, names.oldEnvironment, names.oldName
	}
	twice := s.ids.add(s.key)
	switch {
	case len(s.key) == 0:
		s.problem("task number %d has no id", s.ids.count)
	case twice:
		s.problem("task %s is there twice", s.key)
	case !configured:
		s.problem("task %s has no configuration", s.key)
	}
	if s.keep.ActiveIDs && t.Status.Active() {
		s.active.add(s.key)
	}
	s.statuses[t.Status]++
	job := s.job(names)
	job.tasks++
	if s.keep.Visit != nil {
		t.ID, t.Job = string(s.key), job.name
		s.keep.Visit(*t)
	}
}

// jobCount counts the tasks of a job.
type jobCount struct {
	name, role, environment string
	tasks                   int
}

// job gives the count of a job.
func (s *scanner) job(names *jobNames) *jobCount {
	b := append(append(s.scratch[:0], names.role...), '/')
	b = append(append(b, names.environment...), '/')
	b = append(b, names.name...)
	s.scratch = b
	if known, ok := s.jobs[string(b)]; ok {
		return known
	}
	c := &jobCount{name: string(b), role: names.role, environment: names.environment}
	s.jobs[c.name] = c
	return c
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
