package planner

import (
	"slices"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
)

// replicas gives hosts from words such as "used:14", "damaged", "missing" or "unreachable"; a leader is marked by a star.
func replicas(words ...string) *Observation {
	o := &Observation{}
	for i, w := range words {
		h := Host{Name: "a" + string(rune('1'+i))}
		state, led := strings.CutSuffix(w, "*")
		if led {
			h.HTTP = HTTP{Lifecycle: "ACTIVE", Registered: true}
		}
		state, end, _ := strings.Cut(state, ":")
		h.Replica.State = state
		switch state {
		case "unreachable":
			h.Problem = "no route to host"
		case "used", "unfinished":
			h.Replica.State = "used"
			h.Replica.Status = "VOTING"
			for _, d := range end {
				h.Replica.End = h.Replica.End*10 + uint64(d-'0')
			}
			h.Replica.Rebuilt = &Rebuilt{Tasks: 5, Unfinished: state == "unfinished"}
		case "holes":
			h.Replica.State, h.Replica.Status = "used", "RECOVERING"
			h.Replica.Rebuilt = &Rebuilt{Missing: 3}
		case "lost":
			// As one that lost its write-ahead log: it votes, and knows nothing but the last position.
			h.Replica = Replica{State: "used", Status: "VOTING", End: 9, Holes: 8, Unlearned: 1, Spans: []Span{{9, 9}}, Rebuilt: &Rebuilt{Missing: 9}}
		case "away":
			// As one that was down while the others wrote.
			h.Replica = Replica{State: "used", Status: "VOTING", End: 9, Holes: 2, Spans: []Span{{0, 4}, {7, 9}}, Rebuilt: &Rebuilt{Missing: 2}}
		case "damaged":
			h.Replica.Rebuilt = &Rebuilt{Problem: "checksum mismatch"}
		}
		o.Hosts = append(o.Hosts, h)
	}
	return o
}

func TestRank(t *testing.T) {
	for _, tt := range []struct {
		replicas, wanted string
		want             Remedy
		why              string
	}{
		{"used:9 used:9* used:9", "auto", RemedyNone, "a2 is ACTIVE and registered, and all 3 replicas are sound"},
		{"used:9 used:9 used:9", "auto", RemedyRestore, "every replica is sound, and no scheduler leads"},
		{"damaged used:9* used:9", "auto", RemedyRebuild, "to rebuild: a1"},
		{"empty used:9* used:9", "auto", RemedyRebuild, "to rebuild: a1"},
		{"initialised used:9* used:9", "auto", RemedyRebuild, "to rebuild: a1"},
		{"lost used:9* used:9", "auto", RemedyRebuild, "to rebuild: a1 (it votes, but lacks position 0, at which the log begins)"},
		{"lost lost used:9*", "auto", RemedySalvage, "the replica of a3"},
		{"damaged damaged unfinished:9", "auto", RemedySalvage, "the replica of a3 can be read: 5 tasks, up to position 8"},
		{"lost damaged used:9", "auto", RemedySalvage, "the replica of a3"},
		{"away used:9* used:9", "auto", RemedyNone, "all 3 replicas are sound"},
		{"away away used:9*", "auto", RemedyNone, "all 3 replicas are sound"},
		{"damaged missing used:9* used:9 used:9", "auto", RemedyRebuild, "to rebuild: a1, a2"},
		{"damaged damaged used:9", "auto", RemedySalvage, "the replica of a3 can be read: 5 tasks, up to position 9"},
		{"damaged used:7 damaged used:9 missing", "auto", RemedySalvage, "the replica of a4"},
		{"damaged initialised used:9", "auto", RemedySalvage, "the replica of a3"},
		{"damaged damaged holes", "auto", RemedyRestore, ""},
		{"damaged damaged damaged", "auto", RemedyRestore, ""},
		{"unreachable used:9* used:9", "auto", RemedyRestore, ""},
		{"used:9 used:9* used:9", "restore-backup", RemedyRestore, ""},
		{"damaged used:9* used:9", "restore-backup", RemedyRestore, ""},
	} {
		got, ranking, err := Rank(&config.Restore{Recovery: config.Recovery{Remedy: tt.wanted}}, replicas(strings.Fields(tt.replicas)...))
		if err != nil || got != tt.want || len(ranking) != 4 {
			t.Errorf("%s: %s, error %v", tt.replicas, got, err)
		}
		for _, c := range ranking {
			if c.Remedy == got && !strings.Contains(c.Why, tt.why) {
				t.Errorf("%s: %s", tt.replicas, c.Why)
			}
		}
	}
}

func TestRankRefusesWhatCannotBeTaken(t *testing.T) {
	for replica, wanted := range map[string]string{
		"damaged used:9* used:9": "none", "damaged damaged used:9": "rebuild-replica", "used:9 used:9* used:9": "salvage-log",
		"damaged damaged damaged": "salvage-log", "unreachable used:9* used:9": "rebuild-replica",
	} {
		if got, _, err := Rank(&config.Restore{Recovery: config.Recovery{Remedy: wanted}}, replicas(strings.Fields(replica)...)); err == nil {
			t.Errorf("%s of %s: %s", wanted, replica, got)
		}
	}
}

func TestHoles(t *testing.T) {
	for words, want := range map[string][]string{
		"used:9* used:9 used:9": nil,
		"away used:9* used:9":   {"a1 log-holes: its replica has no record of positions 5 to 6: it was away while the others wrote, or lost them"},
		"away away used:9*": {
			"a1 log-holes: its replica has no record of positions 5 to 6: it was away while the others wrote, or lost them",
			"a2 log-holes: its replica has no record of positions 5 to 6: it was away while the others wrote, or lost them",
			" log-thin: position 5 of the log is known to 1 of 3 replicas only: a leader that does not ask the right one comes up without it",
		},
		// The third was read before the others wrote on, which is not the same as to lack it.
		"away used:4 used:9*": {"a1 log-holes: its replica has no record of positions 5 to 6: it was away while the others wrote, or lost them"},
		"lost used:9* used:9": nil,
	} {
		o := replicas(strings.Fields(words)...)
		for i := range o.Hosts {
			if r := &o.Hosts[i].Replica; r.Spans == nil {
				r.Spans = []Span{{0, r.End}}
			}
		}
		var fs findings
		checkHoles(&fs, o)
		var got []string
		for _, f := range fs {
			got = append(got, f.Host+" "+f.Code+": "+f.Summary)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", words, got)
		}
	}
}

func TestAutoAsks(t *testing.T) {
	for words, want := range map[string]bool{"damaged used:9* used:9": true, "damaged damaged used:9": true, "damaged damaged damaged": false, "used:9 used:9* used:9": false} {
		r := &config.Restore{Recovery: config.Recovery{Remedy: "auto"}}
		p := &Plan{Restore: *r}
		p.Remedy, _, _ = Rank(r, replicas(strings.Fields(words)...))
		if p.Unasked() != want {
			t.Errorf("%s: %s, to be asked: %t", words, p.Remedy, p.Unasked())
		}
		if p.Restore.Recovery.Remedy = string(p.Remedy); p.Unasked() {
			t.Errorf("%s: asked for what the configuration names", words)
		}
	}
}
