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
		"newer":             {[]BackupSight{refused, sight("later", "d2", time.Hour), stored}, nil, "damaged damaged damaged", RemedyRestore, []string{"newer-backup: bucket:later holds a snapshot of 2026-11-25T05:00:00Z, 2h newer"}},
		"no leader":         {nil, readable, "used:9 used:9 used:9", RemedyRestore, []string{"log-newer: its log can be read, and holds a state of 2026-11-25T04:30:00Z, 1h30m newer than the backup, with 8 tasks"}},
		"to be salvaged":    {nil, nil, "damaged damaged used:9", RemedyRestore, []string{"log-newer"}},
		"is salvaged":       {nil, nil, "damaged damaged used:9", RemedySalvage, nil},
		"an old log":        {nil, &LogState{Host: "a1", Time: taken.Add(-time.Minute)}, "used:9 used:9 used:9", RemedyRestore, nil},
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
			code, words, _ := strings.Cut(want, ": ")
			return f.Code == code && strings.Contains(f.Summary, words) && f.Remedy != "" && f.Severity == Warning
		})
		if !same {
			t.Errorf("%s: %+v, want %q", name, fs, tt.want)
		}
	}
}
