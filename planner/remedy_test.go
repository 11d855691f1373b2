package planner

import (
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
		case "used":
			h.Replica.Status = "VOTING"
			for _, d := range end {
				h.Replica.End = h.Replica.End*10 + uint64(d-'0')
			}
			h.Replica.Rebuilt = &Rebuilt{Tasks: 5}
		case "holes":
			h.Replica.State, h.Replica.Status = "used", "RECOVERING"
			h.Replica.Rebuilt = &Rebuilt{Missing: 3}
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
