package lock_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
	"golang.org/x/sys/unix"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
	"github.com/restorectl/restorectl/providers/lock"
	"github.com/restorectl/restorectl/providers/run"
	"github.com/restorectl/restorectl/providers/sandbox/zkserver"
	"github.com/restorectl/restorectl/providers/zookeeper"
)

const folder = "/restorectl/aurora%2Fscheduler"

// world is a ZooKeeper and three hosts.
type world struct {
	t        *testing.T
	zk       *zkserver.Server
	machines []*hosttest.Machine
	hosts    []*hosttest.Faulty
	dirs     []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := zkserver.Listen("127.0.0.1:0", zkserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // It has no files.
	w := &world{t: t, zk: s}
	for i := 1; i <= 3; i++ {
		m := hosttest.Named(t, fmt.Sprintf("scheduler-%d", i))
		w.machines = append(w.machines, m)
		w.hosts, w.dirs = append(w.hosts, &hosttest.Faulty{Host: m}), append(w.dirs, m.Dir)
	}
	return w
}

// keeper is one operator's way to the world.
func (w *world) keeper(credentials string) *lock.Keeper {
	k := &lock.Keeper{Note: func(text string) { w.t.Log(text) }, Ensemble: &lock.Ensemble{
		Ensemble: zookeeper.Ensemble{Endpoints: []string{w.zk.Addr()}}, Folder: folder,
		Credentials: func(context.Context) (string, error) { return credentials, nil },
	}}
	for i, h := range w.hosts {
		k.Hosts = append(k.Hosts, lock.Host{Name: h.Name(), LogPath: filepath.Join(w.dirs[i], "db"), Runs: filepath.Join(w.dirs[i], ".restorectl"),
			Connect: func(context.Context) (host.Host, error) { return h, nil }})
	}
	return k
}

func claim(run string) planner.Claim {
	return planner.Claim{Run: run, Plan: run + "cdef", By: "kim", From: "laptop", Since: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
}

const first, second = "00000000000a", "00000000000b"

func (w *world) take(k *lock.Keeper, run string) *lock.Lock {
	w.t.Helper()
	l, err := k.Take(w.t.Context(), claim(run))
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func (w *world) release(l *lock.Lock, finished bool) {
	w.t.Helper()
	if err := l.Release(w.t.Context(), finished); err != nil {
		w.t.Error(err)
	}
}

// demandTaken demands that the lock can't be taken, and that the error says these things.
func (w *world) demandTaken(k *lock.Keeper, run string, words ...string) {
	w.t.Helper()
	_, err := k.Take(w.t.Context(), claim(run))
	taken := (*lock.TakenError)(nil)
	if !errors.As(err, &taken) {
		w.t.Fatalf("taken by two: %v", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			w.t.Errorf("it does not say %q: %v", word, err)
		}
	}
}

func TestOneAtATime(t *testing.T) {
	w := newWorld(t)
	l := w.take(w.keeper(""), first)
	if err := errors.Join(l.Open(t.Context()), l.Check(t.Context())); err != nil {
		t.Fatal(err)
	}
	seen := w.keeper("").Look(t.Context())
	if seen.Run == nil || seen.Holder == nil || seen.Run.By != "kim" || seen.Holder.Run != first || len(seen.Live) != 3 || seen.Problem != "" {
		t.Errorf("who looks sees %+v", seen)
	}
	// Another operator who can't reach ZooKeeper meets it on the hosts.
	blind := w.keeper("")
	blind.Ensemble = nil
	w.demandTaken(blind, second, "another restorectl works on scheduler-1 right now")
	w.release(l, false)
	// The process is gone and the run is open; it goes on, and nobody else begins.
	w.openOn(0, first)
	w.demandTaken(w.keeper(""), second, "run "+first+" of kim from laptop, since 2026-11-25 12:00:00 UTC", "nobody works on it now", "`restorectl unlock "+first+"`")
	l = w.take(w.keeper(""), first)
	w.release(l, true)
	if seen := w.keeper("").Look(t.Context()); seen.Run != nil || seen.Holder != nil || len(seen.Live) > 0 {
		t.Errorf("after the end: %+v", seen)
	}
	for _, name := range w.children("/") {
		if name == "restorectl" {
			t.Error("a folder is left in ZooKeeper")
		}
	}
}

// openOn puts a run on record on a host.
func (w *world) openOn(i int, id string) {
	w.t.Helper()
	f := run.Folder{Host: w.hosts[i], Parent: filepath.Join(w.dirs[i], ".restorectl"), ID: id}
	if err := f.Open(w.t.Context(), planner.RunRecord{By: "kim", From: "laptop", Started: claim(id).Since}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) connect() *zk.Conn {
	w.t.Helper()
	conn, _, err := zk.Connect([]string{w.zk.Addr()}, 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(conn.Close)
	return conn
}

func (w *world) children(folder string) []string {
	w.t.Helper()
	names, _, err := w.connect().Children(folder)
	if err != nil {
		w.t.Fatal(err)
	}
	return names
}

// TestARecordThatNoHostKnowsIsRemoved has a run whose end could not be told to ZooKeeper.
func TestARecordThatNoHostKnowsIsRemoved(t *testing.T) {
	w := newWorld(t)
	l := w.take(w.keeper(""), first)
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.release(l, false)
	w.hosts[2].Next(false)
	w.demandTaken(w.keeper(""), second, "whether it has ended can't be told")
	w.hosts[2].Heal()
	w.release(w.take(w.keeper(""), second), true)
}

func TestWhatWasLostIsTakenAgain(t *testing.T) {
	w := newWorld(t)
	l := w.take(w.keeper(""), first)
	defer w.release(l, true)
	w.expire()
	if err := l.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, "the node is there again", func() bool {
		seen := w.keeper("").Look(t.Context())
		return l.Check(t.Context()) == nil && seen.Holder != nil && seen.Holder.Run == first
	})
}

// TestALockThatSomebodyElseHasByNowStopsTheRun loses the session with ZooKeeper, and another one is faster.
func TestALockThatSomebodyElseHasByNowStopsTheRun(t *testing.T) {
	w := newWorld(t)
	k := w.keeper("")
	k.Hosts = nil // Only ZooKeeper decides.
	l := w.take(k, first)
	other := w.connect()
	w.expire(other.SessionID())
	await(t, "another one takes the node", func() bool {
		_, err := other.Create(folder+"/holder", []byte(`{"format":1,"run":"`+second+`","by":"lee","from":"desk","pid":1}`), zk.FlagEphemeral, zk.WorldACL(zk.PermAll))
		return err == nil
	})
	var err error
	await(t, "the loss is noticed", func() bool {
		err = l.Check(t.Context())
		return err != nil
	})
	if taken := (*lock.TakenError)(nil); !errors.As(err, &taken) || !strings.Contains(err.Error(), "run "+second+" of lee from desk") {
		t.Errorf("error %v", err)
	}
	// What is the other's by now stays, even if this run ends meanwhile.
	if err := l.Release(t.Context(), true); err == nil || !strings.Contains(err.Error(), "its record in ZooKeeper was not removed, which the next run does") {
		t.Errorf("released with error %v", err)
	}
	if there, _, err := other.Exists(folder + "/holder"); err != nil || !there {
		t.Errorf("the other's node is there: %v, error %v", there, err)
	}
}

// TestTheEndOfARunLeavesAnothersRecord has a record that somebody wrote in its place.
func TestTheEndOfARunLeavesAnothersRecord(t *testing.T) {
	w := newWorld(t)
	l := w.take(w.keeper(""), first)
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.connect().Set(folder+"/run", []byte(`{"format":1,"run":"`+second+`","by":"lee","from":"desk"}`), -1); err != nil {
		t.Fatal(err)
	}
	w.release(l, true)
	if seen := w.keeper("").Look(t.Context()); seen.Run == nil || seen.Run.Run != second || seen.Holder != nil {
		t.Errorf("seen %+v", seen)
	}
}

// TestLookingIsNoHolding has somebody who looks at the same time, and then somebody who holds the lock.
func TestLookingIsNoHolding(t *testing.T) {
	w := newWorld(t)
	at, err := os.Open(w.dirs[0])
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	h := &w.keeper("").Hosts[0]
	for how, want := range map[int]bool{unix.LOCK_SH: false, unix.LOCK_EX: true} {
		if err := unix.Flock(int(at.Fd()), how); err != nil {
			t.Fatal(err)
		}
		if held, err := h.Look(t.Context()); err != nil || held != want {
			t.Errorf("flock %d: held %v, error %v", how, held, err)
		}
	}
}

// expire ends every session but those.
func (w *world) expire(but ...int64) {
	for _, s := range w.zk.Sessions() {
		keep := false
		for _, id := range but {
			keep = keep || id == s.ID
		}
		if !keep {
			w.zk.Expire(s.ID)
		}
	}
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not come to this: %s", what)
		}
	}
}

// TestTheGhostOfADeadProcessIsNoObstacle has the node of a process that was killed on this machine.
func TestTheGhostOfADeadProcessIsNoObstacle(t *testing.T) {
	w := newWorld(t)
	l := w.take(w.keeper(""), first)
	conn := w.connect()
	data, _, err := conn.Get(folder + "/holder")
	if err != nil {
		t.Fatal(err)
	}
	w.release(l, false)
	await(t, "the node is gone with its process", func() bool {
		_, err := conn.Create(folder+"/holder", []byte(strings.Replace(string(data), fmt.Sprintf(`"pid":%d`, os.Getpid()), `"pid":4194305`, 1)), zk.FlagEphemeral, zk.WorldACL(zk.PermAll))
		return err == nil
	})
	w.release(w.take(w.keeper(""), first), true)
}

// TestWithoutZooKeeperTheHostsAreEnough has a server that does not answer, and then a majority of hosts that don't.
func TestWithoutZooKeeperTheHostsAreEnough(t *testing.T) {
	w := newWorld(t)
	told := ""
	k := w.keeper("")
	k.Note = func(text string) { told = text }
	k.Ensemble.Endpoints = []string{"127.0.0.1:1"}
	l := w.take(k, first)
	if !strings.Contains(told, "the lock is kept on the hosts alone") {
		t.Errorf("told %q", told)
	}
	w.demandTaken(w.keeper(""), second, "another restorectl works on")
	w.release(l, false)
	w.hosts[0].Next(false)
	w.hosts[1].Next(false)
	k.Ensemble = nil
	if _, err := k.Take(t.Context(), claim(first)); err == nil || !strings.Contains(err.Error(), "the cluster can't be locked, so nothing was done") {
		t.Errorf("with one host of three: %v", err)
	}
}

// TestOldFlock has the flock of util-linux 2.20, which can't be told what to exit with.
func TestOldFlock(t *testing.T) {
	flock, err := exec.LookPath("flock")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	for _, m := range w.machines {
		m.Script(t, "flock", `case "$*" in *-E*) echo "flock: invalid option -- 'E'" >&2; exit 64;; esac; exec `+flock+` "$@"`)
	}
	k := w.keeper("")
	k.Ensemble = nil // Only the hosts decide.
	k.Note = func(text string) { t.Errorf("told %q", text) }
	l := w.take(k, first)
	w.demandTaken(k, second, "another restorectl works on scheduler-1")
	if seen := k.Look(t.Context()); len(seen.Live) != 3 {
		t.Errorf("who looks sees %+v", seen)
	}
	w.release(l, false)
	w.release(w.take(k, second), true)
}

// TestAHostWithoutTheLockIsNamed has a host on which no flock is.
func TestAHostWithoutTheLockIsNamed(t *testing.T) {
	w := newWorld(t)
	w.machines[1].Script(t, "flock", `echo "bash: line 1: flock: command not found" >&2; exit 127`)
	told := ""
	k := w.keeper("")
	k.Note = func(text string) { told = text }
	w.release(w.take(k, first), true)
	if !strings.Contains(told, "not on every host: the lock on scheduler-2 can't be held: ") || !strings.Contains(told, "command not found; install it there") {
		t.Errorf("told %q", told)
	}
}

func TestDigestCredentialsGuardTheNodes(t *testing.T) {
	w := newWorld(t)
	l := w.take(w.keeper("aurora:c4nary"), first)
	defer w.release(l, true)
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	stranger := w.connect()
	for _, node := range []string{"/restorectl", folder, folder + "/run", folder + "/holder"} {
		data, _, err := stranger.Get(node)
		if err != nil || strings.Contains(string(data), "c4nary") {
			t.Errorf("%s reads %q, %v", node, data, err)
		}
		if _, err := stranger.Set(node, nil, -1); !errors.Is(err, zk.ErrNoAuth) {
			t.Errorf("a stranger may write %s: %v", node, err)
		}
	}
	if err := stranger.Delete(folder+"/run", -1); !errors.Is(err, zk.ErrNoAuth) {
		t.Errorf("a stranger may delete: %v", err)
	}
	// Without the credentials nobody can take it; who it is that has it can be seen all the same.
	w.demandTaken(w.keeper(""), second)
	if seen := w.keeper("").Look(t.Context()); seen.Holder == nil {
		t.Errorf("seen %+v", seen)
	}
}

func TestUnlockedAndTakenUpAgain(t *testing.T) {
	w := newWorld(t)
	w.openOn(1, first)
	f := run.Folder{Host: w.hosts[1], Parent: filepath.Join(w.dirs[1], ".restorectl"), ID: first}
	l, err := w.keeper("").Hold(t.Context(), claim(first))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(t.Context(), run.StateUnlocked); err != nil {
		t.Fatal(err)
	}
	w.release(l, true)
	w.release(w.take(w.keeper(""), second), true) // Another run may begin.
	l = w.take(w.keeper(""), first)
	defer w.release(l, true)
	if err := l.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, _, err := f.Record(t.Context()); err != nil || r.State != run.StateOpen {
		t.Errorf("record %+v, %v", r, err)
	}
}
