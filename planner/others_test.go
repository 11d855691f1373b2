package planner

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOtherBackupsAndTheLog(t *testing.T) {
	taken := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	sight := func(name, digest string, after time.Duration) BackupSight {
		return BackupSight{Scheduler: "a2", Name: name, SHA256: digest, Time: taken.Add(after), Tasks: 7}
	}
	broken := BackupSight{Scheduler: "a3", Name: "b", Problem: "the file is cut off"}
	refused := sight("later", "d2", 3*time.Hour)
	refused.Refusals = []string{"a quota"}
	stored := sight("later", "d2", 2*time.Hour)
	stored.Scheduler, stored.Store = "", "bucket"
	readable := &LogState{Host: "a1", Time: taken.Add(90 * time.Minute), Tasks: 8}
	for name, tt := range map[string]struct {
		others []BackupSight
		log    *LogState
		hosts  string
		remedy Remedy
		want   []string
	}{
		"alone":             {nil, nil, "damaged damaged damaged", RemedyRestore, nil},
		"another of a name": {[]BackupSight{sight("b", "d2", -time.Hour)}, nil, "damaged damaged damaged", RemedyRestore, []string{"backups-disagree: a2:b with sha256 d2"}},
		"a broken one":      {[]BackupSight{broken}, nil, "damaged damaged damaged", RemedyRestore, []string{"backups-disagree: a3:b, which is no good: the file is cut off"}},
		"older":             {[]BackupSight{sight("old", "d2", -time.Hour)}, nil, "damaged damaged damaged", RemedyRestore, nil},
		"newer":             {[]BackupSight{refused, sight("later", "d2", time.Hour), stored}, nil, "damaged damaged damaged", RemedyRestore, []string{`newer-backup: bucket:later holds a snapshot of 2026-11-25T05:00:00Z, 2h newer => store = "bucket", name = "later"`}},
		"no leader":         {nil, readable, "used:9 used:9 used:9", RemedyRestore, []string{"log-newer: its log can be read, and holds a state of 2026-11-25T04:30:00Z, 1h30m newer than the backup, with 8 tasks => a quorum of the replicas is sound"}},
		"with holes":        {nil, &LogState{Host: "a3", Time: taken.Add(time.Hour), Missing: 2}, "damaged damaged used:9", RemedyRestore, []string{"log-newer: though 2 of its positions are missing => compare it with the backup"}},
		"to be salvaged":    {nil, nil, "damaged damaged used:9", RemedyRestore, []string{`log-newer: its log can be read => remedy = "salvage-log"`}},
		"is salvaged":       {nil, nil, "damaged damaged used:9", RemedySalvage, nil},
		"an old log":        {nil, &LogState{Host: "a1", Time: taken.Add(-time.Minute)}, "used:9 used:9 used:9", RemedyRestore, nil},
		"of the same time":  {nil, &LogState{Host: "a1", Time: taken}, "used:9 used:9 used:9", RemedyRestore, nil},
	} {
		o := replicas(strings.Fields(tt.hosts)...)
		for i := range o.Hosts {
			if r := o.Hosts[i].Replica.Rebuilt; r != nil && r.Problem == "" {
				r.Time = taken.Add(time.Hour)
			}
			if tt.log != nil {
				// A quorum is sound: nothing was rebuilt to be salvaged.
				o.Hosts[i].Replica.Rebuilt = nil
			}
		}
		o.Backup, o.Others, o.Log = Backup{Name: "b", SHA256: "d1", Time: taken}, tt.others, tt.log
		var fs findings
		checkOthers(&fs, o, tt.remedy)
		same := slices.EqualFunc(fs, tt.want, func(f Finding, want string) bool {
			said, remedy, _ := strings.Cut(want, " => ")
			code, words, _ := strings.Cut(said, ": ")
			return f.Code == code && strings.Contains(f.Summary, words) && strings.Contains(f.Remedy, remedy) && f.Remedy != "" && f.Severity == Warning
		})
		if !same {
			t.Errorf("%s: %+v, want %q", name, fs, tt.want)
		}
	}
}

// TestASubstituteForAFlawedBackup looks at what the plan says where the chosen backup is no good, and others are there.
func TestASubstituteForAFlawedBackup(t *testing.T) {
	taken := noon.Add(-time.Hour)
	other := func(name, framework string, before time.Duration) BackupSight {
		return BackupSight{Scheduler: "a2", Name: name, SHA256: name, Time: taken.Add(-before), FrameworkID: framework}
	}
	refused := other("refused", "framework-1", 0)
	refused.Refusals = []string{"a quota"}
	others := []BackupSight{refused, other("older", "framework-1", 2*time.Hour), other("other", "framework-2", time.Hour), other("oldest", "framework-1", 3*time.Hour)}
	for name, tt := range map[string]struct {
		change func(o *Observation)
		code   string
		want   string
	}{
		"can't be read": {func(o *Observation) { o.Backup.Problem, o.Running = "the file is cut off", Running{} }, "backup-unusable", "a2:other"},
		"is refused":    {func(o *Observation) { o.Backup.Refusals = []string{"a quota"} }, "backup-refused", "a2:older"},
		"is of another framework": {func(o *Observation) {
			o.Backup.FrameworkID = "framework-3"
		}, "framework-id-mismatch", `a2:older of 2026-11-24T09:00:00Z can be restored: scheduler = "a2", name = "older"`},
		"is of a removed framework": {func(o *Observation) {
			o.Backup.FrameworkID = "framework-3"
			o.Running.Frameworks = append(o.Running.Frameworks, Framework{ID: "framework-3", Completed: true})
		}, "framework-removed", "a2:older"},
		"none serves": {func(o *Observation) {
			o.Backup.Refusals, o.Others = []string{"a quota"}, o.Others[:1]
		}, "backup-refused", ""},
		"is too old": {func(o *Observation) {
			o.Backup.Time, o.Others = taken.Add(-5*time.Hour), append(o.Others, other("newer", "framework-1", time.Hour))
		}, "backup-too-old", "a2:newer"},
	} {
		t.Run(name, func(t *testing.T) {
			r, o := damaged()
			o.Backup.Time, o.Others = taken, slices.Clone(others)
			o.Running = Running{Source: "the master", Mesos: true, Frameworks: []Framework{{ID: "framework-1", Name: "Aurora"}}}
			tt.change(o)
			p := New(r, o, noon, "test")
			i := slices.IndexFunc(p.Findings, func(f Finding) bool { return f.Code == tt.code })
			if i < 0 {
				t.Fatalf("no finding %s: %+v", tt.code, p.Findings)
			}
			remedy := p.Findings[i].Remedy
			if !strings.Contains(remedy, tt.want) || tt.want == "" && strings.Contains(remedy, "a2:") {
				t.Errorf("the remedy is %q, want %q", remedy, tt.want)
			}
		})
	}
}

func TestStoresThatCantBeListedAreFindings(t *testing.T) {
	r, o := damaged()
	o.StoreProblems = map[string]string{"bucket": "access denied"}
	p := New(r, o, noon, "test")
	if !slices.ContainsFunc(p.Findings, func(f Finding) bool {
		return f.Code == "store-unread" && f.Severity == Warning && strings.Contains(f.Summary, "bucket can't be listed") && strings.Contains(f.Summary, "access denied")
	}) {
		t.Errorf("%+v", p.Findings)
	}
}

func TestSightsAreSortedByWhatIsInside(t *testing.T) {
	sights := []BackupSight{{Name: "broken", Problem: "cut off"}, {Name: "older", Time: noon.Add(-time.Hour)}, {Name: "b", Time: noon}, {Scheduler: "a2", Name: "a", Time: noon}, {Scheduler: "a1", Name: "a", Time: noon}}
	SortSights(sights)
	var order []string
	for i := range sights {
		order = append(order, sights[i].Where())
	}
	if got := strings.Join(order, " "); got != "a1:a a2:a :b :older :broken" {
		t.Error(got)
	}
}
