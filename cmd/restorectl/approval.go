package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
	"github.com/restorectl/restorectl/providers/approval"
)

// machineRule is a file with an approval block that holds for all plans that are applied on this machine.
var machineRule = "/etc/restorectl/approval.hcl"

// approvals says by whom plans were approved. What a plan itself says of that is not enough: somebody who makes another plan can leave
// it out. So the configuration is asked again, and the machine's own rule.
type approvals struct{ stderr io.Writer }

// Check is session.Approvals.
func (a approvals) Check(path string, p *planner.Plan, at time.Time) ([]string, error) {
	rules, err := a.rules(path, p)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	doc, _, err := planfile.Encode(p)
	if err != nil {
		return nil, err
	}
	files, err := approval.SignatureFiles(path)
	if err != nil {
		return nil, err
	}
	var persons []string
	for _, r := range rules {
		signers, err := approval.ReadSigners(r.AllowedSigners)
		if err != nil {
			return nil, err
		}
		seen := signers.Check(doc, files, at)
		if len(seen.Persons) < r.Required {
			return nil, unapproved(path, r, seen)
		}
		persons = seen.Persons
	}
	return persons, nil
}

// rules are the rules that hold for a plan; all of them must be met. The configuration's list of signers stands for that of the plan,
// which may have been made on another machine.
func (a approvals) rules(path string, p *planner.Plan) ([]config.Approval, error) {
	rule := p.Restore.Approval
	for _, file := range []string{strings.TrimSuffix(path, filepath.Ext(path)) + ".hcl", p.Restore.Path} {
		now, err := a.load(file)
		if err != nil {
			return nil, err
		}
		if now.Required > 0 {
			now.Required = max(now.Required, rule.Required)
			rule = now
			break
		}
	}
	machine, err := a.load(machineRule)
	if err != nil {
		return nil, err
	}
	var rules []config.Approval
	for _, r := range []config.Approval{machine, rule} {
		if r.Required > 0 {
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// load reads the approval block of a file; one that is not there has none.
func (a approvals) load(path string) (config.Approval, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return config.Approval{}, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return config.Approval{}, fmt.Errorf("paths that begin with ~/ have no meaning here: %w", err)
	}
	rule, files, diags := config.LoadApproval(path, home)
	if err := config.WriteDiagnostics(a.stderr, files, diags, 100); err != nil {
		return config.Approval{}, err
	}
	if diags.HasErrors() {
		return config.Approval{}, fmt.Errorf("who must approve plans can't be told from %s; nothing was done", path)
	}
	return rule, nil
}

func unapproved(path string, r config.Approval, seen approval.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "the plan is not approved, so nothing was done: it needs %d of the persons in %s and has %d", r.Required, r.AllowedSigners, len(seen.Persons))
	if len(seen.Persons) > 0 {
		b.WriteString(" (" + strings.Join(seen.Persons, ", ") + ")")
	}
	for _, why := range seen.Refused {
		b.WriteString("\n  not counted: " + why.Error())
	}
	return fmt.Errorf("%s\n`restorectl approve %s` approves it", b.String(), path)
}
