package backup

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
)

// Task is a task in a backup as Scan tells it.
type Task struct {
	ID string
	// Job is role/environment/name.
	Job      string
	Status   aurora.ScheduleStatus
	Instance int32
	// Host is the agent's, empty where the task waits for one.
	Host string
}

// Keep says what Scan gives besides the report.
type Keep struct {
	// Visit is given each task; it may be nil.
	Visit func(Task)
	// ActiveIDs asks for the digest of the active tasks' ids, for which they have to be kept and sorted.
	ActiveIDs bool
}

// Scan reads a backup to its end as a stream and keeps no more of it than the report needs: what it allocates depends on how many
// tasks and jobs there are, never on what a length in the file says. The errors, and what counts as a problem, are those of Read.
func Scan(r io.Reader, keep Keep) (*Report, error) {
	return newWire(r).report(keep)
}

// report scans all of the stream, whose digest is then that of the backup.
func (w *wire) report(keep Keep) (*Report, error) {
	report, err := scan(w, keep)
	if err != nil {
		w.in.close()
		return nil, err
	}
	report.SHA256 = w.in.digest()
	return report, nil
}

func scan(w *wire, keep Keep) (*Report, error) {
	s := &scanner{
		wire: w, keep: keep, ids: newIDSet(), known: map[string]string{},
		statuses: map[aurora.ScheduleStatus]int{}, jobs: map[string]*jobCount{}, requested: map[string]bool{},
	}
	s.report = Report{Summary: Summary{TasksByStatus: map[string]int{}, TasksByJob: map[string]int{}},
		TasksByRole: map[string]int{}, TasksByEnvironment: map[string]int{}, HostsByMode: map[string]int{}, Crons: map[string]string{}, Updates: map[string]string{}}
	if !s.wire.fill(1) {
		if s.wire.ended() {
			return nil, ErrEmpty
		}
		return nil, fmt.Errorf("read backup: %w", s.wire.err)
	}
	s.snapshot()
	if err := s.finish(); err != nil {
		return nil, err
	}
	s.tally()
	s.hostsInMaintenance()
	s.report.Size = s.wire.offset()
	if keep.ActiveIDs {
		slices.Sort(s.active)
		s.report.ActiveTaskIDsSHA256 = digestOfIDs(s.active)
	}
	s.report.Era = s.era()
	return &s.report, nil
}

// scanner gathers a report in one pass.
type scanner struct {
	wire     *wire
	keep     Keep
	report   Report
	ids      *idSet
	texts    slab
	active   []string
	known    map[string]string
	statuses map[aurora.ScheduleStatus]int
	jobs     map[string]*jobCount
	// kept is what is read of a task, scratch the name of its job, or of a host, job that of the task before.
	kept     kept
	scratch  []byte
	job      *jobCount
	problems []string
	// signs are the fields that tell the release, maintenance says that there are requests of it, and requested for which hosts.
	signs       uint32
	maintenance bool
	requested   map[string]bool
}

// finish says whether the file was a backup to its last byte, and consistent.
func (s *scanner) finish() error {
	w := s.wire
	if w.err == nil && w.fill(1) {
		return fmt.Errorf("%w: bytes follow the snapshot, which ends after %d", ErrGarbage, w.offset())
	}
	// The end of the stream is where fill must fail when all was read.
	switch at := w.start + int64(len(w.buf)); {
	case w.ended() && s.report.done:
	case w.ended():
		return fmt.Errorf("%w after %d bytes, in the middle of the snapshot", ErrCutOff, at)
	case w.malformed:
		return fmt.Errorf("%w at byte %d: %w", ErrGarbage, w.offset(), w.err)
	default:
		return fmt.Errorf("read backup: %w", w.err)
	}
	if t := time.UnixMilli(s.report.TimestampMs).UTC(); t.Year() < 2010 || t.Year() > 2200 {
		s.problem("its time is %s", t.Format(time.RFC3339))
	}
	if len(s.problems) > 0 {
		return fmt.Errorf("%w: %s", ErrInconsistent, strings.Join(s.problems, "; "))
	}
	return nil
}

func (s *scanner) problem(format string, args ...any) {
	if len(s.problems) < maxProblems {
		s.problems = append(s.problems, fmt.Sprintf(format, args...))
	}
}

// intern gives one string for equal bytes.
func (s *scanner) intern(b []byte) string {
	if known, ok := s.known[string(b)]; ok {
		return known
	}
	text := string(b)
	s.known[text] = text
	return text
}

func (s *scanner) snapshot() {
	w, r := s.wire, &s.report
	w.each(1, func(typ byte, id int16) bool {
		set := typ == typeSet
		switch {
		case id == 1 && typ == typeI64:
			r.TimestampMs = w.i64()
		case id == 3 && set:
			r.Hosts = w.structs(2, s.host)
		case id == 4 && set:
			r.Tasks = w.structs(2, s.task)
		case id == 5 && set:
			r.CronJobs = w.structs(2, s.cronJob)
		case id == 6 && typ == typeStruct:
			w.each(2, func(typ byte, id int16) bool {
				if id != 1 || typ != typeString {
					return false
				}
				r.FrameworkID = nullable(w.text())
				return true
			})
		case id == 8 && set:
			r.Quotas = w.structs(2, s.quota)
		case id == 9 && set:
			r.Locks = w.structs(2, func() { w.skip(typeStruct, 2) })
		case id == 10 && set:
			r.JobUpdates = w.structs(2, s.jobUpdate)
		case id == 11 && typ == typeList:
			s.script()
		case id == 13 && set:
			s.maintenance = true
			r.MaintenanceRequests = w.structs(2, s.maintenanceRequest)
		default:
			return false
		}
		return true
	})
	r.done = w.err == nil
}

func (s *scanner) script() {
	w := s.wire
	elem := w.u8()
	n := w.length()
	for i := 0; i < n && w.err == nil; i++ {
		w.skip(elem, 2)
	}
	if elem == typeString {
		s.report.DBScriptLines = n
	}
}

// jobKey reads a JobKey.
func (s *scanner) jobKey(depth int) *aurora.JobKey {
	w, k := s.wire, &aurora.JobKey{}
	w.each(depth, func(typ byte, id int16) bool {
		if typ != typeString || id < 1 || id > 3 {
			return false
		}
		*[]*string{&k.Role, &k.Environment, &k.Name}[id-1] = s.intern(w.text())
		return true
	})
	return k
}

func (s *scanner) quota() {
	w := s.wire
	role, resources := "", false
	w.each(3, func(typ byte, id int16) bool {
		switch {
		case id == 1 && typ == typeString:
			role = string(w.text())
		case id == 2 && typ == typeStruct:
			w.each(4, func(typ byte, id int16) bool {
				resources = resources || id == 4 && typ == typeSet
				return false
			})
		default:
			return false
		}
		return true
	})
	if !resources {
		s.report.LaterRefusals = append(s.report.LaterRefusals, refusedQuota(role))
	}
}
