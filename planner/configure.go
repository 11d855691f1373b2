package planner

import (
	"fmt"
	"time"

	"github.com/restorectl/restorectl/config"
)

// configure rewires one scheduler so that it comes up without touching the cluster: first its flags, then the clusters.json
// files, then the hosts file.
func (b *builder) configure(h *Host) []Step {
	var steps []Step
	if edits := b.plan.flagEdits(h); len(edits) > 0 {
		steps = append(steps, flagsStep(h, edits))
	} else {
		b.leaveOut(h.Name + ": flags: they are as required")
	}
	for i := range h.Clusters {
		if s, ok := b.clustersStep(h, &h.Clusters[i]); ok {
			steps = append(steps, s)
		}
	}
	switch name := b.plan.Restore.Admin.KerberosHost; {
	case name == "":
	case len(h.HostsFile.Lines) > 0:
		// Were it to lead elsewhere, there would be no plan.
		b.leaveOut(fmt.Sprintf("%s: %s: %s leads to this host already", h.Name, h.HostsFile.Path, name))
	default:
		steps = append(steps, hostsFileStep(h, name))
	}
	return steps
}

// wanted are the flags of the half-disabled state, in the order in which the runbook names them.
func (p *Plan) wanted(h *Host) []FlagEdit {
	pr := &p.Restore.Procedure
	to := func(s string) *string { return &s }
	edits := []FlagEdit{
		{Name: flagMaster, After: to(masterNowhere)},
		{Name: flagRegistration, After: to(auroraDuration(pr.RegistrationDelay))},
		{Name: flagReconciliation, After: to(auroraDuration(pr.ReconciliationDelay))},
	}
	// A leader also dies of leading too long, so that delay must not end before the other.
	leading, ok := parseAuroraDuration(h.value(flagLeading))
	if !ok {
		leading = defaultLeading
	}
	if leading <= pr.RegistrationDelay {
		edits = append(edits, FlagEdit{Name: flagLeading, After: to(auroraDuration(pr.RegistrationDelay + time.Hour))})
	}
	if p.Restore.Admin.Authentication == "off" && h.value(flagAuthentication) != authenticationOff {
		edits = append(edits, FlagEdit{Name: flagAuthentication, After: to(authenticationOff)})
	}
	return edits
}

// FlagEdits are the edits of a scheduler's settings that a restore of this configuration would begin with.
func FlagEdits(r *config.Restore, h *Host) []FlagEdit { return (&Plan{Restore: *r}).flagEdits(h) }

// flagEdits are those of the wanted flags that are not in force as written.
func (p *Plan) flagEdits(h *Host) []FlagEdit {
	var edits []FlagEdit
	for _, e := range p.wanted(h) {
		if f, ok := h.Flag(e.Name); ok {
			if f.Value == *e.After && !f.Secret {
				continue
			}
			e.Before = &f.Value
		}
		edits = append(edits, e)
	}
	return edits
}

// flagsInForce is what the command line of a scheduler in the half-disabled state must show.
func (p *Plan) flagsInForce(h *Host) map[string]*string {
	flags := map[string]*string{}
	for _, e := range p.wanted(h) {
		flags[e.Name] = e.After
	}
	return flags
}

// flagsBefore is what the command line must show again after the flags were restored. Secrets are left out: their values are
// not known here.
func (p *Plan) flagsBefore(h *Host) map[string]*string {
	flags := map[string]*string{}
	for _, e := range p.wanted(h) {
		f, ok := h.Flag(e.Name)
		switch {
		case !ok:
			flags[e.Name] = nil
		case !f.Secret:
			flags[e.Name] = &f.Value
		}
	}
	return flags
}

func flagsStep(h *Host, edits []FlagEdit) Step {
	edit := FlagsAction{Op: OpEdit, Path: h.Settings.Path, Digest: h.Settings.Digest, Edits: edits}
	restore := edit
	restore.Op = OpRestore
	there, back := make([]Change, 0, len(edits)), make([]Change, 0, len(edits))
	for _, e := range edits {
		before, where := "", ""
		if f, ok := h.Flag(e.Name); ok {
			before, where = f.Value, f.Where
		}
		there = append(there, Change{Subject: "-" + e.Name, Before: before, After: *e.After, Where: where})
		back = append(back, Change{Subject: "-" + e.Name, Before: *e.After, After: before, Where: where})
	}
	return Step{
		ID: "flags", Title: "edit " + h.Settings.Path, Timeout: Duration(shortStep),
		Action: Action{Flags: &edit}, Changes: there,
		Guard: "the file is as it was observed", Verification: "read again, the file gives exactly these flags and no flag twice",
		Inverse: &Step{
			ID: "restore-flags", Title: "restore " + h.Settings.Path, Timeout: Duration(shortStep),
			Action: Action{Flags: &restore}, Changes: back,
			Guard: "the edit is still there", Verification: "the file is byte for byte what it was, or keeps only what others changed",
		},
	}
}

func (b *builder) clustersStep(h *Host, f *ClustersFile) (Step, bool) {
	if !f.Exists {
		b.leaveOut(fmt.Sprintf("%s: %s: it does not exist", h.Name, f.Path))
		return Step{}, false
	}
	var entry *ClusterEntry
	for i := range f.Entries {
		if f.Entries[i].Name == b.plan.Cluster {
			entry = &f.Entries[i]
		}
	}
	if entry == nil {
		b.leaveOut(fmt.Sprintf("%s: %s: it does not name the cluster", h.Name, f.Path))
		return Step{}, false
	}
	edit := ClustersAction{
		Op: OpEdit, Path: f.Path, Digest: f.Digest, Cluster: b.plan.Cluster,
		SchedulerURI:    fmt.Sprintf("http://localhost:%d", h.HTTPPort()),
		Unauthenticated: b.plan.Restore.Admin.Authentication == "off" && entry.AuthMechanism != "" && entry.AuthMechanism != "UNAUTHENTICATED",
	}
	if name := b.plan.Restore.Admin.KerberosHost; name != "" {
		// The client asks for a ticket for the host that it calls.
		edit.SchedulerURI = fmt.Sprintf("http://%s:%d", name, h.HTTPPort())
	}
	var there []Change
	if entry.SchedulerURI != edit.SchedulerURI {
		there = append(there, Change{Subject: "scheduler_uri", Before: entry.SchedulerURI, After: edit.SchedulerURI})
	}
	if entry.ZK != "" {
		there = append(there, Change{Subject: "zk", Before: entry.ZK, Where: "it would win over scheduler_uri"})
	}
	if edit.Unauthenticated {
		there = append(there, Change{Subject: "auth_mechanism", Before: entry.AuthMechanism, After: "UNAUTHENTICATED"})
	}
	if len(there) == 0 {
		b.leaveOut(fmt.Sprintf("%s: %s: it is as required", h.Name, f.Path))
		return Step{}, false
	}
	back := make([]Change, len(there))
	for i, c := range there {
		back[i] = Change{Subject: c.Subject, Before: c.After, After: c.Before}
	}
	restore := edit
	restore.Op = OpRestore
	return Step{
		ID: "clusters:" + f.Path, Title: "point " + f.Path + " at the scheduler", Timeout: Duration(shortStep),
		Action: Action{Clusters: &edit}, Changes: there,
		Guard: "the file is as it was observed", Verification: "read again, the entry leads straight to the scheduler",
		Inverse: &Step{
			ID: "restore-clusters:" + f.Path, Title: "restore " + f.Path, Timeout: Duration(shortStep),
			Action: Action{Clusters: &restore}, Changes: back,
			Guard: "the edit is still there", Verification: "the file is byte for byte what it was, or keeps only what others changed",
		},
	}, true
}

func hostsFileStep(h *Host, name string) Step {
	add := HostsFileAction{Op: OpAddLine, Path: h.HostsFile.Path, Digest: h.HostsFile.Digest, Address: "127.0.0.1", Name: name}
	remove := add
	remove.Op = OpRemoveLine
	line := add.Address + " " + name
	return Step{
		ID: "hosts", Title: "name this host " + name + " in " + add.Path, Timeout: Duration(shortStep),
		Action: Action{HostsFile: &add}, Changes: []Change{{Subject: "line", After: line}},
		Guard: "the file is as it was observed", Verification: "the line is there, once",
		Inverse: &Step{
			ID: "restore-hosts", Title: "restore " + add.Path, Timeout: Duration(shortStep),
			Action: Action{HostsFile: &remove}, Changes: []Change{{Subject: "line", Before: line}},
			Guard: "the line is still there", Verification: "the file is byte for byte what it was, or keeps only what others changed",
		},
	}
}
