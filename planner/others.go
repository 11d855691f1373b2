package planner

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// orSubstitute adds to what to do about a flawed backup which other one serves.
func orSubstitute(remedy string, o *Observation) string {
	if s := o.substitute(); s != nil {
		remedy += fmt.Sprintf("; %s of %s can be restored: %s", s.Where(), s.Time.UTC().Format(time.RFC3339), s.Choice())
	}
	return remedy
}

// orNewer adds to what to do about a backup that is too old which other one is newer.
func orNewer(remedy string, o *Observation) string {
	if n := o.Newer(); n != nil {
		remedy += fmt.Sprintf("; %s is of %s: %s", n.Where(), n.Time.UTC().Format(time.RFC3339), n.Choice())
	}
	return remedy
}

// checkStores tells of stores that could not be looked into.
func checkStores(fs *findings, o *Observation) {
	for _, name := range slices.Sorted(maps.Keys(o.StoreProblems)) {
		fs.add(Warning, "store-unread", "", fmt.Sprintf("the store %s can't be listed, and may hold a better backup: %s", name, o.StoreProblems[name]),
			"mend it, or its credentials, and plan again; or go on with what the other places have")
	}
}

// checkOthers says so where another backup, or the log itself, would be a better choice than the backup that is restored.
func checkOthers(fs *findings, o *Observation, remedy Remedy) {
	b := &o.Backup
	var differ []string
	for i := range o.Others {
		if s := &o.Others[i]; s.Name == b.Name && s.SHA256 != b.SHA256 {
			differ = append(differ, describeSight(s))
		}
	}
	if len(differ) > 0 {
		fs.add(Warning, "backups-disagree", "", fmt.Sprintf("%s is not the same everywhere: the chosen one has sha256 %s and is of %s; there is also %s",
			b.Name, short(b.SHA256), b.Time.UTC().Format(time.RFC3339), strings.Join(differ, "; ")),
			"compare them with `restorectl diff`, and name the right one in the block \"backup\"")
	}
	if n := o.Newer(); n != nil {
		fs.add(Warning, "newer-backup", "", fmt.Sprintf("%s holds a snapshot of %s, %s newer than the chosen one, with %s",
			n.Where(), n.Time.UTC().Format(time.RFC3339), Age(n.Time.Sub(b.Time)), tasks(n.Tasks)),
			"choose it in the block \"backup\" ("+n.Choice()+"), or write newest = true")
	}
	if l := o.freshLog(); l != nil && remedy == RemedyRestore {
		checkLog(fs, o, l)
	}
}

func describeSight(s *BackupSight) string {
	if s.Problem != "" {
		return s.Where() + ", which is no good: " + s.Problem
	}
	return fmt.Sprintf("%s with sha256 %s, of %s, %s", s.Where(), short(s.SHA256), s.Time.UTC().Format(time.RFC3339), tasks(s.Tasks))
}

// checkLog tells of a replica that can be read and knows more than the backup.
func checkLog(fs *findings, o *Observation, l *LogState) {
	missing := ""
	if l.Missing > 0 {
		missing = fmt.Sprintf(", though %d of its positions are missing", l.Missing)
	}
	remedy := `write remedy = "salvage-log", or "auto", in the block "recovery"`
	switch {
	case o.Quorum():
		remedy = `a quorum of the replicas is sound: find out why no scheduler leads before you restore a backup`
	case l.Missing > 0:
		remedy = "compare it with the backup (`restorectl diff`) before you decide; `restorectl inspect log --export-backup` makes a backup of it"
	}
	fs.add(Warning, "log-newer", l.Host, fmt.Sprintf("its log can be read, and holds a state of %s, %s newer than the backup, with %s%s",
		l.Time.UTC().Format(time.RFC3339), Age(l.Time.Sub(o.Backup.Time)), tasks(l.Tasks), missing), remedy)
}

// freshLog gives the state of the log where it is newer than the backup; nil where it is not, or could not be read.
func (o *Observation) freshLog() *LogState {
	l := o.Log
	if best := o.Best(); best != nil {
		l = best.logState()
	}
	if l == nil || !l.Time.After(o.Backup.Time) {
		return nil
	}
	return l
}

// logState sums up what was rebuilt from a host's replica.
func (h *Host) logState() *LogState {
	r := h.Replica.Rebuilt
	return &LogState{Host: h.Name, End: h.Replica.End, Time: r.Time, Tasks: r.Tasks, Missing: r.Missing}
}
