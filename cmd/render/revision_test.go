package render

import (
	"bytes"
	"slices"
	"testing"

	"github.com/restorectl/restorectl/planner"
)

func TestRevisionGolden(t *testing.T) {
	then, o := sample(), sample().Observation
	o.Hosts[1].Settings.Digest = "edited"
	o.Hosts[1].Clusters = []planner.ClustersFile{{Path: "/etc/aurora/clusters.json", Exists: true, Names: []string{"west"},
		Entries: []planner.ClusterEntry{{Name: "west", ZK: "zk"}}}}
	o.Hosts[1].Settings.Flags = append(slices.Clone(o.Hosts[1].Settings.Flags), planner.Flag{Name: "max_registration_delay", Value: "2mins", Where: "EXTRA_SCHEDULER_ARGS"})
	o.Hosts[2].Service.State = "stopped"
	o.Running = planner.Running{Source: "the Mesos master at 10.0.0.5:5050", Mesos: true, Tasks: []planner.Task{{ID: "t1", Job: "ads/prod/api"}}}
	r := then.Restore
	r.Recovery.Gate = false
	r.Backup.MaxAge = 0
	rev := planner.Compare(then, planner.New(&r, &o, noon, "test"))
	var out bytes.Buffer
	if err := Revision(&out, &rev); err != nil {
		t.Fatal(err)
	}
	golden(t, "revision.golden", out.Bytes())
}

func TestRevisionOfNothing(t *testing.T) {
	rev := planner.Compare(sample(), sample())
	var out bytes.Buffer
	if err := Revision(&out, &rev); err != nil || out.String() != "Nothing changed since the plan was made.\n" {
		t.Errorf("error %v, said %q", err, &out)
	}
}
