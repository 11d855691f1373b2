package backup

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sound are the fixtures that are backups.
func sound(t testing.TB) []string {
	t.Helper()
	sidecars, err := filepath.Glob("testdata/*.json")
	if err != nil || len(sidecars) < 5 {
		t.Fatalf("%d sidecars, error %v", len(sidecars), err)
	}
	names := []string{"scheduler-backup-2026-11-24-08-07"}
	for _, s := range sidecars {
		names = append(names, strings.TrimSuffix(filepath.Base(s), ".json"))
	}
	return names
}

// agree compares what Scan says of a file with what Read says, which decodes all of it.
func agree(t *testing.T, data []byte) {
	t.Helper()
	b, readErr := Read(bytes.NewReader(data))
	var tasks []Task
	report, scanErr := Scan(bytes.NewReader(data), Keep{ActiveIDs: true, Visit: func(task Task) { tasks = append(tasks, task) }})
	sameInPieces(t, data, 13, report, scanErr)
	for _, cause := range causes {
		if errors.Is(readErr, cause) != errors.Is(scanErr, cause) {
			t.Fatalf("Read: %v; Scan: %v", readErr, scanErr)
		}
	}
	if (readErr == nil) != (scanErr == nil) {
		t.Fatalf("Read: %v; Scan: %v", readErr, scanErr)
	}
	if readErr != nil {
		return
	}
	if diff := cmp.Diff(summarize(b), report.Summary); diff != "" {
		t.Errorf("Read (-) and Scan (+) differ:\n%s", diff)
	}
	if diff := cmp.Diff([][]string{b.Refusals(), b.LaterRefusals()}, [][]string{report.Refusals, report.LaterRefusals}); diff != "" {
		t.Errorf("refusals:\n%s", diff)
	}
	if diff := cmp.Diff(b.Snapshot.CronSchedules(), report.Crons); diff != "" {
		t.Errorf("cron schedules:\n%s", diff)
	}
	if diff := cmp.Diff(b.Snapshot.Updates(), report.Updates); diff != "" {
		t.Errorf("updates:\n%s", diff)
	}
	if diff := cmp.Diff(inMaintenance(b), report.Maintenance, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("maintenance:\n%s", diff)
	}
	for i := range b.Snapshot.Tasks {
		want := &b.Snapshot.Tasks[i]
		if got := tasks[i]; got.ID != want.ID() || got.Job != want.Job().String() || got.Status != want.Status || got.Host != want.AssignedTask.SlaveHost ||
			got.Instance != want.AssignedTask.InstanceID {
			t.Errorf("task %d: %+v", i, got)
		}
	}
}

// sameInPieces scans in blocks of a few bytes, which no value lies in as a whole, and wants the same report, or the same kind of error.
func sameInPieces(t *testing.T, data []byte, size int, want *Report, wantErr error) {
	t.Helper()
	w := newWire(bytes.NewReader(data))
	w.in.size = size
	got, err := w.report(Keep{ActiveIDs: want != nil && want.ActiveTaskIDsSHA256 != ""})
	for _, cause := range causes {
		if errors.Is(err, cause) != errors.Is(wantErr, cause) {
			t.Fatalf("in blocks of %d bytes: %v; otherwise: %v", size, err, wantErr)
		}
	}
	if wantErr != nil {
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Report{})); diff != "" {
		t.Errorf("in blocks of %d bytes (+):\n%s", size, diff)
	}
}

// causes are the reasons why a file is no backup.
var causes = []error{ErrEmpty, ErrCutOff, ErrGarbage, ErrInconsistent}

func TestScanSaysWhatReadSays(t *testing.T) {
	for _, name := range append(sound(t), "empty-file", "truncated", "garbage") {
		t.Run(name, func(t *testing.T) { agree(t, fixture(t, name)) })
	}
}

// TestScanTellsOfCronJobsAndUpdates has those that no fixture has.
func TestScanTellsOfCronJobsAndUpdates(t *testing.T) {
	key := &aurora.JobKey{Role: "ops", Environment: "prod", Name: "report"}
	other := &aurora.JobKey{Role: "ops", Environment: "prod", Name: "other"}
	every, overlap, paused, unknown := "*/5 * * * *", int32(2), int32(3), int32(77)
	update := func(id string, job *aurora.JobKey, state *aurora.JobUpdateState, events ...int32) aurora.StoredJobUpdateDetails {
		d := &aurora.JobUpdateDetails{Update: &aurora.JobUpdate{Summary: &aurora.JobUpdateSummary{Key: &aurora.JobUpdateKey{Job: job, ID: id}, State: state}}}
		for _, e := range events {
			d.UpdateEvents = append(d.UpdateEvents, aurora.JobUpdateEvent{Status: e})
		}
		return aurora.StoredJobUpdateDetails{Details: d}
	}
	data, err := aurora.Marshal(&aurora.Snapshot{
		Timestamp: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).UnixMilli(),
		CronJobs: []aurora.StoredCronJob{
			{}, {JobConfiguration: &aurora.JobConfiguration{Key: key, CronSchedule: &every, CronCollisionPolicy: &overlap}},
			{JobConfiguration: &aurora.JobConfiguration{Key: other}}, {JobConfiguration: &aurora.JobConfiguration{CronSchedule: &every}},
		},
		JobUpdateDetails: []aurora.StoredJobUpdateDetails{
			{}, update("over", key, nil, 0, 4), update("paused", key, nil, 0, 2), update("said", key, &aurora.JobUpdateState{Status: &paused}),
			update("unsaid", key, &aurora.JobUpdateState{}), update("none", key, nil), update("nobody's", nil, nil, 0), update("newer", key, &aurora.JobUpdateState{Status: &unknown}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	agree(t, data)
	r, err := Scan(bytes.NewReader(data), Keep{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Crons) != 2 || len(r.Updates) != 2 || r.Updates["ops/prod/report paused"] != "ROLL_FORWARD_PAUSED" || r.UpdatesInProgress != 3 {
		t.Errorf("%v %v, %d in progress", r.Crons, r.Updates, r.UpdatesInProgress)
	}
}

// inMaintenance are the hosts in maintenance of a backup that was decoded whole.
func inMaintenance(b *Backup) (all []planner.Maintenance) {
	for _, h := range b.Snapshot.HostAttributes {
		if h.Mode != nil && *h.Mode != 1 {
			requested := slices.ContainsFunc(b.Snapshot.HostMaintenanceRequests, func(r aurora.HostMaintenanceRequest) bool { return r.Host == h.Host })
			mode, ok := map[int32]string{2: "SCHEDULED", 3: "DRAINING", 4: "DRAINED"}[*h.Mode]
			if !ok {
				mode = fmt.Sprint(*h.Mode)
			}
			all = append(all, planner.Maintenance{Host: h.Host, Mode: mode, Requested: requested})
		}
	}
	slices.SortStableFunc(all, func(a, b planner.Maintenance) int { return strings.Compare(a.Host, b.Host) })
	return all
}

// TestScanTellsOfMaintenance has every mode, with and without a request.
func TestScanTellsOfMaintenance(t *testing.T) {
	s := &aurora.Snapshot{Timestamp: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).UnixMilli(),
		HostMaintenanceRequests: []aurora.HostMaintenanceRequest{{Host: "h3", TimeoutSecs: 60, CreatedTimestampMs: 1}, {Host: "h9"}}}
	s.HostAttributes = append(s.HostAttributes, aurora.HostAttributes{Host: "h0"})
	for i, mode := range []int32{1, 4, 3, 3, 2, 7} {
		s.HostAttributes = append(s.HostAttributes, aurora.HostAttributes{Host: fmt.Sprintf("h%d", 6-i), Mode: &mode,
			Attributes: []aurora.Attribute{{Name: "rack", Values: []string{"a"}}}})
	}
	data, err := aurora.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, data)
	r, err := Scan(bytes.NewReader(data), Keep{})
	if err != nil {
		t.Fatal(err)
	}
	want := []planner.Maintenance{{Host: "h1", Mode: "7"}, {Host: "h2", Mode: "SCHEDULED"}, {Host: "h3", Mode: "DRAINING", Requested: true},
		{Host: "h4", Mode: "DRAINING"}, {Host: "h5", Mode: "DRAINED"}}
	if diff := cmp.Diff(want, r.Maintenance); diff != "" {
		t.Error(diff)
	}
}

func TestScanFindsWhereAFileIsCutOff(t *testing.T) {
	data := fixture(t, "scheduler-backup-2026-11-24-08-07")
	for n := 1; n < len(data); n += 7 {
		if _, err := Scan(bytes.NewReader(data[:n]), Keep{}); !errors.Is(err, ErrCutOff) {
			t.Fatalf("%d bytes of %d: %v", n, len(data), err)
		}
	}
	if _, err := Scan(bytes.NewReader(append(data, 0)), Keep{}); !errors.Is(err, ErrGarbage) {
		t.Errorf("a byte more: %v", err)
	}
}

func TestScanTellsMoreThanASummary(t *testing.T) {
	for name, era := range map[string]string{
		"from-0.12": "up to 0.12", "scheduler-backup-2026-11-20-09-15": "0.16 to 0.19", "scheduler-backup-2026-11-24-08-07": "0.21 or later",
	} {
		r, err := Scan(bytes.NewReader(fixture(t, name)), Keep{})
		if err != nil {
			t.Fatal(err)
		}
		byRole, byEnvironment, hosts := 0, 0, 0
		for _, n := range r.TasksByRole {
			byRole += n
		}
		for _, n := range r.TasksByEnvironment {
			byEnvironment += n
		}
		for _, n := range r.HostsByMode {
			hosts += n
		}
		b, err := Read(bytes.NewReader(fixture(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		updates := 0
		for _, u := range b.Snapshot.JobUpdateDetails {
			events := u.Details.UpdateEvents
			if last := events[len(events)-1].Status; last < 4 || last > 8 {
				updates++
			}
		}
		if r.Era != era || byRole != r.Tasks || byEnvironment != r.Tasks || hosts != r.Hosts || r.UpdatesInProgress != updates {
			t.Errorf("%s: era %q, %d by role, %d by environment, of %d tasks; %d of %d hosts; %d updates", name, r.Era, byRole, byEnvironment, r.Tasks, hosts, r.Hosts, r.UpdatesInProgress)
		}
	}
}

// TestAHostileLengthCostsNothing gives lengths that no file could hold.
func TestAHostileLengthCostsNothing(t *testing.T) {
	huge := []byte{0x7f, 0xff, 0xff, 0xff}
	for name, head := range map[string][]byte{
		"tasks":     {typeSet, 0, 4, typeStruct},
		"a script":  {typeList, 0, 11, typeString},
		"numbers":   {typeList, 0, 11, typeI64},
		"a text":    {typeString, 0, 99},
		"a name":    {typeStruct, 0, 6, typeString, 0, 1},
		"a map":     {typeMap, 0, 99, typeString, typeString},
		"negative":  {typeString, 0, 99, 0xff, 0xff, 0xff, 0xff},
		"no type":   {99, 0, 1},
		"map of no": {typeMap, 0, 99, 99, 99, 0, 0, 0, 1, 0, 0},
	} {
		data := append(append([]byte(nil), head...), huge...)
		grown := testing.AllocsPerRun(1, func() {
			if _, err := Scan(bytes.NewReader(data), Keep{}); !errors.Is(err, ErrCutOff) && !errors.Is(err, ErrGarbage) {
				t.Errorf("%s: %v", name, err)
			}
		})
		if grown > 100 || math.IsNaN(grown) {
			t.Errorf("%s: %v allocations", name, grown)
		}
	}
}

// FuzzScan demands that Scan and Read agree on any bytes, as far as Read decodes strictly what Scan passes over, and that it does not
// matter how the bytes come.
func FuzzScan(f *testing.F) {
	for _, name := range append(sound(f), "truncated", "garbage") {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, readErr := Read(bytes.NewReader(data))
		report, err := Scan(bytes.NewReader(data), Keep{})
		if (readErr == nil) != (err == nil) {
			t.Errorf("Read: %v; Scan: %v", readErr, err)
		}
		if err == nil && report.Size != int64(len(data)) {
			t.Errorf("%d bytes of %d", report.Size, len(data))
		}
		sameInPieces(t, data, 1+len(data)%61, report, err)
	})
}
