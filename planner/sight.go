package planner

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// BackupSight is a backup besides the chosen one, on a scheduler's host or in a store, read as a stream.
type BackupSight struct {
	// Scheduler is on whose host it lies, Store in which of the configuration's stores; one of them is empty.
	Scheduler string `json:"scheduler,omitempty"`
	Store     string `json:"store,omitempty"`
	Name      string `json:"name"`
	Path      string `json:"path"`
	// Size is in bytes; Time is that of the snapshot inside, and with the rest empty where Problem says what is wrong.
	Size        int64     `json:"size"`
	Time        time.Time `json:"time,omitzero"`
	Tasks       int       `json:"tasks"`
	FrameworkID string    `json:"framework_id"`
	SHA256      string    `json:"sha256,omitempty"`
	// Refusals and LaterRefusals are as those of a Backup.
	Refusals      []string `json:"refusals,omitempty"`
	LaterRefusals []string `json:"later_refusals,omitempty"`
	Problem       string   `json:"problem,omitempty"`
}

// Usable says that the backup can be restored.
func (b *BackupSight) Usable() bool { return b.Problem == "" && len(b.Refusals) == 0 }

// Place is the name of the scheduler or of the store.
func (b *BackupSight) Place() string { return cmp.Or(b.Scheduler, b.Store) }

// Where names the place and the file.
func (b *BackupSight) Where() string { return b.Place() + ":" + b.Name }

// Choice is what the configuration's block "backup" says to choose it.
func (b *BackupSight) Choice() string {
	kind := "scheduler"
	if b.Store != "" {
		kind = "store"
	}
	return kind + ` = "` + b.Place() + `", name = "` + b.Name + `"`
}

// SortSights sorts backups: the newest snapshot first, those that are no good last.
func SortSights(found []BackupSight) {
	slices.SortFunc(found, func(a, b BackupSight) int {
		return cmp.Or(b.Time.Compare(a.Time), strings.Compare(a.Name, b.Name), strings.Compare(a.Where(), b.Where()))
	})
}

// Newer gives the newest of the other backups that is usable, of a framework that runs, and holds a newer snapshot than the chosen one; nil
// where there is none.
func (o *Observation) Newer() *BackupSight {
	var newest *BackupSight
	for i := range o.Others {
		b := &o.Others[i]
		if b.Usable() && !o.foreign(b.FrameworkID) && b.Time.After(o.Backup.Time) && (newest == nil || b.Time.After(newest.Time)) {
			newest = b
		}
	}
	return newest
}

// Flawed says that the chosen backup can't be restored, or is of a framework that the Mesos master does not run while it runs another of
// Aurora's.
func (o *Observation) Flawed() bool {
	return o.Backup.Problem != "" || len(o.Backup.Refusals) > 0 || o.foreign(o.Backup.FrameworkID)
}

// Serves says that another backup can be restored and has not the flaw of the chosen one.
func (o *Observation) Serves(s *BackupSight) bool {
	return o.Flawed() && s.Usable() && !o.foreign(s.FrameworkID)
}

// substitute gives the newest of the other backups that serves; nil where the chosen one does, or none.
func (o *Observation) substitute() *BackupSight {
	var newest *BackupSight
	for i := range o.Others {
		if s := &o.Others[i]; o.Serves(s) && (newest == nil || s.Time.After(newest.Time)) {
			newest = s
		}
	}
	return newest
}

// foreign says that the Mesos master runs frameworks of Aurora's, and the one with the id is not among them.
func (o *Observation) foreign(id string) bool {
	others := false
	for _, f := range o.Running.Frameworks {
		if f.ID == id && !f.Completed {
			return false
		}
		others = others || !f.Completed
	}
	return others
}

// Jobs is what is known of a cluster's jobs besides their tasks.
type Jobs struct {
	// Source names who told it, empty where nobody could. Believed is zero where that is so now, and otherwise when the source,
	// a log or a backup, believed it.
	Source   string    `json:"source,omitempty"`
	Believed time.Time `json:"believed,omitzero"`
	// Crons are cron schedules by job, Updates the statuses of job updates in progress by job and id. They are only in memory: the plan
	// keeps what the restore does to them.
	Crons   map[string]string `json:"-"`
	Updates map[string]string `json:"-"`
}
