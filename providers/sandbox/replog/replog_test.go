package replog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/log/replica"
	"github.com/restorectl/restorectl/providers/sandbox/mesoslog"
)

// group is three replicas of a log with a quorum of two.
type group struct {
	t       *testing.T
	root    string
	mu      sync.Mutex
	members map[string]string
	lines   map[string][]string
	// asked is called whenever a replica asks for the members.
	asked func()
}

// newGroup makes the folders of three replicas, and initialises those that are named.
func newGroup(t *testing.T, initialised ...string) *group {
	g := &group{t: t, root: t.TempDir(), members: map[string]string{}, lines: map[string][]string{}}
	for _, name := range initialised {
		g.initialise(name)
	}
	return g
}

func (g *group) dir(name string) string { return filepath.Join(g.root, name) }

// initialise makes a replica anew, voting and empty.
func (g *group) initialise(name string) {
	g.t.Helper()
	if err := os.RemoveAll(g.dir(name)); err != nil {
		g.t.Fatal(err)
	}
	if code := mesoslog.Main([]string{"initialize", "--path=" + g.dir(name)}, nil, io.Discard, io.Discard); code != 0 {
		g.t.Fatalf("initialize exits %d", code)
	}
}

func (g *group) options(name string) Options {
	return Options{Path: g.dir(name), Listen: "127.0.0.1:0", Quorum: 2,
		Members: func(context.Context) ([]string, error) {
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.asked != nil {
				g.asked()
			}
			var all []string
			for _, a := range g.members {
				all = append(all, a)
			}
			return all, nil
		},
		Logf: func(format string, args ...any) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.lines[name] = append(g.lines[name], fmt.Sprintf(format, args...))
		}}
}

func (g *group) join(name, address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members[name] = address
}

func (g *group) open(names ...string) []*Replica {
	g.t.Helper()
	var all []*Replica
	for _, name := range names {
		r, err := Open(g.options(name))
		if err != nil {
			g.t.Fatal(err)
		}
		g.t.Cleanup(func() { g.close(r) })
		g.join(name, r.listener.Addr().String())
		all = append(all, r)
	}
	return all
}

// close closes replicas in order: what the first has to tell the others, they get.
func (g *group) close(all ...*Replica) {
	g.t.Helper()
	for _, r := range all {
		if err := r.Close(); err != nil {
			g.t.Error(err)
		}
	}
}

func (g *group) elect(r *Replica) *Writer {
	g.t.Helper()
	w, err := r.Elect(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	return w
}

func (g *group) append(w *Writer, data ...string) {
	g.t.Helper()
	for _, d := range data {
		if _, err := w.Append(g.t.Context(), []byte(d)); err != nil {
			g.t.Fatal(err)
		}
	}
}

func texts(t *testing.T, r *Replica) map[uint64]string {
	t.Helper()
	entries, err := r.Entries()
	if err != nil {
		t.Fatal(err)
	}
	out, last := map[uint64]string{}, uint64(0)
	for _, e := range entries {
		if e.Position <= last {
			t.Errorf("position %d follows %d", e.Position, last)
		}
		out[e.Position], last = string(e.Bytes), e.Position
	}
	return out
}

// wantFiles reads a closed replica's files with the product's own reader.
func wantFiles(t *testing.T, dir string, want replica.State, entries map[uint64]string) {
	t.Helper()
	got := map[uint64]string{}
	state, err := replica.Read(dir, func(a replica.Action) error {
		if a.Type == replica.Append && a.Learned {
			got[a.Position] = string(a.Bytes)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, state); diff != "" {
		t.Errorf("state of %s (-want +got):\n%s", filepath.Base(dir), diff)
	}
	if diff := cmp.Diff(entries, got); diff != "" {
		t.Errorf("entries of %s (-want +got):\n%s", filepath.Base(dir), diff)
	}
}

func TestReplicasAgreeAndKeep(t *testing.T) {
	g := newGroup(t, "a", "b", "c")
	all := g.open("a", "b", "c")
	w := g.elect(all[0])
	g.append(w, "one", "two", "three")
	if err := w.Truncate(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	g.append(w, "five")
	want := map[uint64]string{3: "three", 5: "five"}
	if diff := cmp.Diff(want, texts(t, all[0])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	g.close(all...)
	for _, name := range []string{"a", "b", "c"} {
		wantFiles(t, g.dir(name), replica.State{Status: replica.Voting, Promised: 1, Begin: 3, End: 5, Actions: 3, Spans: []replica.Span{{First: 3, Last: 5}}}, want)
	}
	all = g.open("a", "b", "c")
	w = g.elect(all[2])
	g.append(w, "six")
	want[6] = "six"
	if diff := cmp.Diff(want, texts(t, all[2])); diff != "" || all[2].Begin() != 3 || all[2].End() != 6 {
		t.Errorf("%d to %d (-want +got):\n%s", all[2].Begin(), all[2].End(), diff)
	}
	g.close(all[2], all[0], all[1])
	for _, name := range []string{"a", "b", "c"} {
		wantFiles(t, g.dir(name), replica.State{Status: replica.Voting, Promised: 2, Begin: 3, End: 6, Actions: 4, Spans: []replica.Span{{First: 3, Last: 6}}}, want)
	}
}

// TestFirstWriter sees that a new log's first writer leaves what the real one did: a NOP at position 0, of the second proposal.
func TestFirstWriter(t *testing.T) {
	g := newGroup(t, "a", "b")
	all := g.open("a", "b")
	g.append(g.elect(all[0]), "one")
	g.close(all...)
	two, one := uint64(2), uint64(1)
	want := []replica.Action{
		{Promised: 2, Performed: &two, Learned: true, Type: replica.Nop},
		{Position: 1, Promised: 1, Performed: &one, Learned: true, Type: replica.Append, Bytes: []byte("one")},
	}
	var got []replica.Action
	if _, err := replica.Read(g.dir("b"), func(a replica.Action) error { got = append(got, a); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEmptiedReplicaCatchesUp(t *testing.T) {
	g := newGroup(t, "a", "b")
	all := g.open("a", "b")
	w := g.elect(all[0])
	g.append(w, "one", "two")
	if err := w.Truncate(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	all = append(all, g.open("c")...)
	if s := all[2].Status(); s != "EMPTY" {
		t.Fatalf("status %s", s)
	}
	if err := all[2].Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.append(w, "four")
	g.close(all...)
	want := map[uint64]string{2: "two", 4: "four"}
	wantFiles(t, g.dir("c"), replica.State{Status: replica.Voting, Begin: 2, End: 4, Actions: 3, Spans: []replica.Span{{First: 2, Last: 4}}}, want)
	lines := []string{"Replica recovered with log positions 0 -> 0 with 0 holes and 0 unlearned", "Starting replica recovery",
		"Replica is in EMPTY status", "Replica is in RECOVERING status", "Replica is in VOTING status", "Successfully joined the Paxos group"}
	if diff := cmp.Diff(lines, g.lines["c"]); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	// It votes: with it alone the other one is enough.
	rest := g.open("c", "b")
	g.elect(rest[0])
	if diff := cmp.Diff(want, texts(t, rest[0])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNoQuorumVotes cancels after the replicas have tried several times.
func TestNoQuorumVotes(t *testing.T) {
	for name, initialised := range map[string][]string{"none initialised": nil, "one of three": {"a"}} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			g := newGroup(t, initialised...)
			tries := 0
			g.asked = func() {
				if tries++; tries > 6 {
					cancel()
				}
			}
			all := g.open("a", "b", "c")
			var recoveries sync.WaitGroup
			for _, r := range all[1:] {
				recoveries.Go(func() {
					if err := r.Recover(ctx); !errors.Is(err, context.Canceled) || r.Status() != "EMPTY" {
						t.Errorf("status %s, error %v", r.Status(), err)
					}
				})
			}
			if _, err := all[0].Elect(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			recoveries.Wait()
		})
	}
}

// TestOneOldReplicaAmongFreshOnes sees no error, and nothing that the old replica did not hold. What it held comes up whole only
// where it leads.
func TestOneOldReplicaAmongFreshOnes(t *testing.T) {
	for leader, name := range []string{"the old one leads", "a fresh one leads"} {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t, "a", "b", "c")
			all := g.open("a", "b", "c")
			w := g.elect(all[0])
			for i := range 20 {
				g.append(w, fmt.Sprint("entry ", i))
			}
			old := texts(t, all[0])
			g.close(all...)
			g.initialise("b")
			g.initialise("c")
			all = g.open("a", "b", "c")
			g.append(g.elect(all[leader]), "new")
			got := texts(t, all[leader])
			if leader == 0 {
				old[21] = "new"
				if diff := cmp.Diff(old, got); diff != "" {
					t.Errorf("(-old +got):\n%s", diff)
				}
				return
			}
			appended := false
			for p, text := range got {
				if text == "new" && !appended {
					appended = true
				} else if old[p] != text {
					t.Errorf("position %d holds %q, and held %q", p, text, old[p])
				}
			}
			if !appended {
				t.Errorf("the new entry is not among %v", got)
			}
		})
	}
}

func TestSecondWriterDemotesTheFirst(t *testing.T) {
	g := newGroup(t, "a", "b", "c")
	all := g.open("a", "b", "c")
	first := g.elect(all[0])
	g.append(first, "one")
	second := g.elect(all[1])
	for range 2 {
		if _, err := first.Append(t.Context(), []byte("lost")); !errors.Is(err, ErrDemoted) {
			t.Errorf("error %v", err)
		}
	}
	if err := first.Truncate(t.Context(), 1); !errors.Is(err, ErrDemoted) {
		t.Errorf("error %v", err)
	}
	g.append(second, "two")
	if diff := cmp.Diff(map[uint64]string{1: "one", 2: "two"}, texts(t, all[1])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMinorityIsMissed writes while one replica is down, and while one takes connections and says nothing. The one that was down
// leads afterwards and has everything.
func TestMinorityIsMissed(t *testing.T) {
	g := newGroup(t, "a", "b", "c")
	all := g.open("a", "b", "c")
	g.close(all[2])
	w := g.elect(all[0])
	g.append(w, "one", "two")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	g.join("c", silent.Addr().String())
	g.append(w, "three")
	late := g.open("c")[0]
	g.elect(late)
	if diff := cmp.Diff(map[uint64]string{1: "one", 2: "two", 3: "three"}, texts(t, late)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestClosedReplica(t *testing.T) {
	g := newGroup(t, "a", "b")
	all := g.open("a", "b")
	w := g.elect(all[0])
	g.close(all[0], all[0])
	_, appended := w.Append(t.Context(), nil)
	_, elected := all[0].Elect(t.Context())
	_, entries := all[0].Entries()
	for _, err := range []error{appended, elected, entries} {
		if !errors.Is(err, errClosed) {
			t.Errorf("error %v", err)
		}
	}
}
