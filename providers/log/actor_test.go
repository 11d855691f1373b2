package log

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/syndtr/goleveldb/leveldb"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/log/replica"
	"github.com/restorectl/restorectl/providers/log/replica/replicatest"
	"github.com/restorectl/restorectl/providers/run"
	"github.com/restorectl/restorectl/providers/sandbox/mesoslog"
)

// asTool makes the test's program the sandbox's mesos-log.
const asTool = "RESTORECTL_TEST_MESOS_LOG"

func TestMain(m *testing.M) {
	if os.Getenv(asTool) != "" {
		os.Exit(mesoslog.Main(os.Args[1:], nil, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// folders gives the same folder for every scheduler.
type folders struct{ folder *run.Folder }

func (f folders) Folder(context.Context, string) (*run.Folder, error) { return f.folder, nil }

// scene is a host with a log and a run's folder.
type scene struct {
	*hosttest.Machine
	actor   *Actor
	log     string
	user    string
	running bool
}

// setup gives a host whose log is a fixture, or that has none.
func setup(t *testing.T, fixture string) *scene {
	t.Helper()
	sc := &scene{Machine: hosttest.Local(t)}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sc.Script(t, "mesos-log", "exec env "+asTool+"=1 '"+self+`' "$@"`)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	sc.user, sc.log = me.Username, filepath.Join(sc.Dir, "db")
	if fixture != "" {
		if err := replicatest.Unpack(fixture, sc.Dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(sc.Dir, fixture), sc.log); err != nil {
			t.Fatal(err)
		}
	}
	f := &run.Folder{Host: sc, Parent: filepath.Join(sc.Dir, ".restorectl"), ID: "run1"}
	if err := f.Open(t.Context(), planner.RunRecord{By: "op", From: "laptop"}); err != nil {
		t.Fatal(err)
	}
	sc.actor = &Actor{Folders: folders{f}, Running: func(context.Context, host.Host) (bool, error) { return sc.running, nil }}
	return sc
}

func (sc *scene) step(op planner.LogOp, absent bool) planner.Step {
	return planner.Step{ID: string(op), Host: "scheduler-1", Action: planner.Action{Log: &planner.LogAction{
		Op: op, Path: sc.log, User: sc.user, Tool: "mesos-log", Mode: "0750", Absent: absent}}}
}

func (sc *scene) take(t *testing.T, s planner.Step) executor.Outcome {
	t.Helper()
	if stand, err := sc.actor.Look(t.Context(), s); err != nil || stand != executor.Pending {
		t.Fatalf("%s before: stand %v, error %v", s.ID, stand, err)
	}
	outcome, err := sc.actor.Act(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := sc.actor.Verify(t.Context(), s); err != nil || seen == "" {
		t.Fatalf("%s after: %q, error %v", s.ID, seen, err)
	}
	return outcome
}

func (sc *scene) observe(t *testing.T) planner.Replica {
	t.Helper()
	seen, err := Observe(t.Context(), sc, sc.log)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// tree gives every file below a folder with its content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, dir)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestObserve(t *testing.T) {
	for fixture, want := range map[string]planner.Replica{
		"":                {State: "missing"},
		"uninitialized":   {State: "empty"},
		"initialized":     {State: "initialised", Status: "VOTING"},
		"entries":         {State: "used", Status: "VOTING", End: 14, Spans: []planner.Span{{First: 0, Last: 14}}},
		"truncated":       {State: "used", Status: "VOTING", Begin: 3, End: 15, Spans: []planner.Span{{First: 3, Last: 15}}},
		"missing-current": {State: "damaged", Problem: "the log is damaged: its file CURRENT is missing"},
	} {
		t.Run(fixture, func(t *testing.T) {
			sc := setup(t, fixture)
			got := sc.observe(t)
			if got.Free <= 0 || fixture != "" && got.Owner != sc.user {
				t.Errorf("free %d, owner %q", got.Free, got.Owner)
			}
			got.Path, got.Owner, got.Mode, got.Free, got.Size = "", "", "", 0, 0
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestQuarantineInitializeRecover(t *testing.T) {
	for _, fixture := range []string{"entries", "missing-current", "uninitialized", ""} {
		t.Run(fixture, func(t *testing.T) {
			sc := setup(t, fixture)
			absent := fixture == ""
			before := map[string]string{}
			if !absent {
				before = tree(t, sc.log)
			}
			sc.take(t, sc.step(planner.OpQuarantine, absent))
			sc.take(t, sc.step(planner.OpInitialize, absent))
			if got := sc.observe(t); got.State != "initialised" || got.Mode != "0750" {
				t.Errorf("after initialize: %+v", got)
			}
			sc.take(t, sc.step(planner.OpRecover, absent))
			if absent {
				if _, err := os.Stat(sc.log); !os.IsNotExist(err) {
					t.Errorf("a log stands where none stood: %v", err)
				}
			} else if diff := cmp.Diff(before, tree(t, sc.log)); diff != "" {
				t.Error(diff)
			}
			if len(tree(t, filepath.Join(sc.Dir, ".restorectl/run1/discarded/log"))) == 0 {
				t.Error("the initialised log was not kept aside")
			}
		})
	}
}

func TestInitializeGoesOnAfterACut(t *testing.T) {
	sc := setup(t, "entries")
	sc.take(t, sc.step(planner.OpQuarantine, false))
	sc.Script(t, "mesos-log", `echo half >"${2#--path=}/000001.log"; exit 9`)
	s := sc.step(planner.OpInitialize, false)
	if _, err := sc.actor.Act(t.Context(), s); err == nil {
		t.Fatal("the tool failed and nobody said so")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sc.Script(t, "mesos-log", "exec env "+asTool+"=1 '"+self+`' "$@"`)
	if sc.take(t, s)["discarded"] == "" {
		t.Error("what the first try left was not moved aside")
	}
	if len(tree(t, filepath.Join(sc.Dir, ".restorectl/run1/discarded/log"))) != 1 {
		t.Error("it is not kept")
	}
}

func TestLogsOfOthersAreNotTouched(t *testing.T) {
	sc := setup(t, "entries")
	sc.running = true
	if _, err := sc.actor.Look(t.Context(), sc.step(planner.OpQuarantine, false)); !executor.IsRefusal(err) {
		t.Errorf("the scheduler runs: %v", err)
	}
	sc.running = false
	if _, err := sc.actor.Look(t.Context(), sc.step(planner.OpInitialize, false)); !executor.IsRefusal(err) {
		t.Errorf("not in quarantine: %v", err)
	}
	if _, err := sc.actor.Look(t.Context(), sc.step(planner.OpQuarantine, true)); !executor.IsRefusal(err) {
		t.Errorf("a log appeared: %v", err)
	}
	sc.take(t, sc.step(planner.OpQuarantine, false))
	if err := replicatest.Unpack("truncated", sc.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(sc.Dir, "truncated"), sc.log); err != nil {
		t.Fatal(err)
	}
	if _, err := sc.actor.Look(t.Context(), sc.step(planner.OpInitialize, false)); !executor.IsRefusal(err) {
		t.Errorf("somebody made a log: %v", err)
	}
}

func TestALogThatAProcessHasOpenIsNotTouched(t *testing.T) {
	sc := setup(t, "entries")
	holder := exec.Command("sleep", "600")
	open, err := os.Open(filepath.Join(sc.log, "CURRENT"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	holder.Stdin = open
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = holder.Process.Kill(), holder.Wait() }()
	_, err = sc.actor.Look(t.Context(), sc.step(planner.OpQuarantine, false))
	if !executor.IsRefusal(err) {
		t.Errorf("error: %v", err)
	}
}

func TestCopyTakesALogInUseAtOneMoment(t *testing.T) {
	sc := setup(t, "entries")
	// The first copy loses a file that was listed: the database made a new one meanwhile.
	sc.Script(t, "tar", `test -e "$HOME/once" || { touch "$HOME/once"; mv "$HOME"/db/*.log "$HOME/kept"; restore=1; }
PATH=/usr/bin:/bin tar "$@"; code=$?
test -z "$restore" || mv "$HOME/kept" "$HOME/db/000009.log"
exit $code`)
	to := t.TempDir()
	if err := Copy(t.Context(), sc, sc.log, to); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(to, "000009.log")); err != nil {
		t.Error(err)
	}
}

func TestVacateAndRejoin(t *testing.T) {
	sc := setup(t, "missing-current")
	sc.take(t, sc.step(planner.OpQuarantine, false))
	sc.take(t, sc.step(planner.OpVacate, false))
	if got := sc.observe(t); got.State != "empty" || got.Owner != sc.user {
		t.Errorf("after vacate: %+v", got)
	}
	// The scheduler that runs on it catches up.
	sc.running = true
	s := sc.step(planner.OpRejoin, false)
	s.Action.Log.MinEnd = 15
	if stand, err := sc.actor.Look(t.Context(), s); err != nil || stand != executor.Pending {
		t.Errorf("before: stand %v, error %v", stand, err)
	}
	caught := t.TempDir()
	if err := replicatest.Unpack("truncated", caught); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(sc.log), os.Rename(filepath.Join(caught, "truncated"), sc.log)); err != nil {
		t.Fatal(err)
	}
	if seen, err := sc.actor.Verify(t.Context(), s); err != nil || seen == "" {
		t.Errorf("after: %q, error %v", seen, err)
	}
}

// TestRejoinInVain is told that the time is up when it has looked at the replica and its scheduler, at the replica only, and at nothing.
func TestRejoinInVain(t *testing.T) {
	sc := setup(t, "truncated")
	sc.actor.Others = func(context.Context, string) []string { return []string{"a3: host unreachable"} }
	s := sc.step(planner.OpRejoin, false)
	s.Action.Log.MinEnd = 16
	up := errors.New("the time is up")
	for _, tt := range []struct {
		at   string
		runs bool
		want string
	}{
		{"a look", true, "its scheduler runs, its log is used VOTING up to position 15 of 16; a3: host unreachable: the time is up"},
		{"a look", false, "its scheduler does not run, its log is used VOTING up to position 15 of 16; a3: host unreachable: the time is up"},
		{"half a look", true, "it can't be told whether its scheduler runs, its log is used VOTING up to position 15 of 16; a3: host unreachable: the time is up"},
		{"the beginning", true, "it can't be told whether its scheduler runs; a3: host unreachable: the time is up"},
	} {
		ctx, end := context.WithCancelCause(t.Context())
		sc.actor.Running = func(ctx context.Context, _ host.Host) (bool, error) {
			end(up)
			if tt.at == "half a look" {
				return false, ctx.Err()
			}
			return tt.runs, nil
		}
		if tt.at == "the beginning" {
			end(up)
		}
		if _, err := sc.actor.Act(ctx, s); !errors.Is(err, up) || !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.at, err, tt.want)
		}
		end(nil)
	}
}

func TestRebuildReadsTheStateOfEachReplica(t *testing.T) {
	m := hosttest.Local(t)
	if err := replicatest.Unpack("live", m.Dir); err != nil {
		t.Fatal(err)
	}
	dirs, err := filepath.Glob(filepath.Join(m.Dir, "*", "CURRENT"))
	if err != nil || len(dirs) != 3 {
		t.Fatal(dirs, err)
	}
	for _, current := range dirs {
		got, err := Rebuild(t.Context(), m, filepath.Dir(current))
		if err != nil || got.Problem != "" {
			t.Fatal(err, got.Problem)
		}
		if got.Tasks != 18 || got.ActiveTasks != 15 || got.Missing != 0 || got.Transactions == 0 || got.Snapshot < 42 || len(got.Backup) == 0 {
			t.Errorf("%s: %d tasks, %d active, %d positions missing, %d transactions after the snapshot at %d", current, got.Tasks, got.ActiveTasks, got.Missing, got.Transactions, got.Snapshot)
		}
	}
}

// TestRebuildNamesWhatIsMissing takes records out of a replica after its snapshot.
func TestRebuildNamesWhatIsMissing(t *testing.T) {
	m := hosttest.Local(t)
	if err := replicatest.Unpack("live", m.Dir); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(m.Dir, "replica-1")
	db, err := leveldb.OpenFile(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, position := range []uint64{46, 47} {
		if err := db.Delete(replica.Key(position), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := Rebuild(t.Context(), m, dir)
	if err != nil || got.Problem != "" {
		t.Fatal(err, got.Problem)
	}
	if want := []planner.Span{{First: 46, Last: 47}}; got.Missing != 2 || !slices.Equal(got.MissingAt, want) {
		t.Errorf("%d positions missing, %v, want %v", got.Missing, got.MissingAt, want)
	}
	seen, err := Observe(t.Context(), m, dir)
	if err != nil || seen.Holes != 2 || !slices.Equal(seen.Spans, []planner.Span{{First: 42, Last: 45}, {First: 48, Last: 49}}) {
		t.Errorf("%+v, error %v", seen, err)
	}
}
