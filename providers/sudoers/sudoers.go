// Package sudoers writes the rule that lets the user of the connections do with root's rights what restorectl does there, and as little
// else as can be. The expressions need sudo 1.9.10 or later (its manual sudoers(5) describes them).
//
// What it grants is bounded, not harmless: who may write the scheduler's settings decides what its service runs.
package sudoers

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
)

// Places are what a rule is about.
type Places struct {
	// Login is the user of the connections.
	Login string
	// Files are edited; ReadOnly are read, and never written; in Folders files come and go. All are absolute.
	Files, ReadOnly, Folders []string
	// DropIns and Markers are the files of holds on the service. They are among Files.
	DropIns, Markers []string
	// RunFolders hold the folders of runs, and Locked are the folders that a lock is put on. Both are among Folders or beside them.
	RunFolders, Locked []string
	// Logs are the logs that LogUsers may initialise with Tool.
	Logs, LogUsers []string
	Tool           string
	// Commands are further commands, exactly as they are run; Patterns are those of which not every word is known beforehand.
	Commands [][]string
	Patterns []Pattern
}

// Pattern is a program and a POSIX extended regular expression for its arguments, joined by spaces.
type Pattern struct{ Program, Arguments string }

// FromPlan gives the places of a plan: those that were found on the hosts. Home stands for ~/.
func FromPlan(p *planner.Plan, login, home string) (*Places, error) {
	s := places(&p.Restore, login, home)
	for i := range p.Observation.Hosts {
		h := &p.Observation.Hosts[i]
		s.log(h.LogPath(), p.Restore.Cluster.Log.RunFolder, home)
		s.add(&s.Files, h.Settings.Path)
		s.hold(h.Service.DropIn, h.Service.Marker)
		s.add(&s.Folders, h.BackupDir())
		s.add(&s.LogUsers, h.LogUser(p.Restore.Cluster.Log.User))
	}
	return s, s.check()
}

// FromConfig gives the places of a configuration, which must name those that are found on the hosts otherwise.
func FromConfig(r *config.Restore, login, home string) (*Places, error) {
	l := r.Cluster.Log
	if l.Path == "" || l.User == "" || r.Backup.Dir == "" {
		return nil, fmt.Errorf("the rule names folders and users that are only known from the hosts: give a plan, or write log { path, user } and backup { dir } into the configuration")
	}
	s := places(r, login, home)
	s.log(l.Path, l.RunFolder, home)
	s.add(&s.Folders, r.Backup.Dir)
	if service := &r.Cluster.Service; service.Hold {
		s.hold(planner.HoldFiles("", service.Unit))
	}
	return s, s.check()
}

func places(r *config.Restore, login, home string) *Places {
	s := &Places{Login: login, Tool: r.Cluster.Log.Tool}
	at := func(p string) string { return Expand(p, home) }
	s.add(&s.Files, at(r.Cluster.Flags.Settings))
	s.add(&s.Files, at(r.Cluster.Flags.Path))
	s.add(&s.Files, at(r.Cluster.Flags.DropIn))
	s.add(&s.ReadOnly, at(r.Cluster.Flags.StartScript))
	for _, f := range r.Admin.ClustersFiles {
		s.add(&s.Files, at(f))
	}
	if r.Admin.KerberosHost != "" {
		s.add(&s.Files, at(r.Admin.HostsFile))
	}
	s.add(&s.LogUsers, r.Cluster.Log.User)
	s.add(&s.ReadOnly, at(r.Cluster.Service.PIDFile))
	return s
}

// hold are the files of a hold on the service.
func (s *Places) hold(dropIn, marker string) {
	for _, f := range []string{dropIn, marker} {
		s.add(&s.Files, f)
	}
	s.add(&s.DropIns, dropIn)
	s.add(&s.Markers, marker)
}

func (s *Places) log(logPath, runs, home string) {
	if logPath == "" {
		return
	}
	if runs = Expand(runs, home); runs == "" {
		runs = planner.RunFolderBeside(logPath)
	}
	s.add(&s.Logs, logPath)
	s.add(&s.Folders, logPath)
	s.add(&s.Folders, runs)
	s.add(&s.RunFolders, runs)
	s.add(&s.Locked, path.Dir(logPath))
}

func (s *Places) add(list *[]string, what string) {
	if what != "" && !slices.Contains(*list, what) {
		*list = append(*list, what)
	}
}

// Expand replaces a leading ~/ by the home folder, where that is given.
func Expand(p, home string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok && home != "" {
		return path.Join(home, rest)
	}
	return p
}

// check refuses what can't stand in a rule.
func (s *Places) check() error {
	if i := slices.IndexFunc(s.Commands, func(c []string) bool { return len(c) == 0 || strings.ContainsAny(c[0], " \t\n\\,:=#*?[]!\"") }); i >= 0 {
		return fmt.Errorf("a rule can't name the program of %q", s.Commands[i])
	}
	for _, p := range slices.Concat(s.Files, s.ReadOnly, s.Folders, s.Logs) {
		switch {
		case strings.HasPrefix(p, "~/"):
			return fmt.Errorf("%s begins with ~/: name the login user's home folder on the hosts with --home", p)
		case !path.IsAbs(p) || path.Clean(p) != p || p == "/":
			return fmt.Errorf("%q is no path that a rule could name", p)
		case strings.ContainsAny(p, " \t\n\\"):
			return fmt.Errorf("%q has characters that a rule can't name", p)
		}
	}
	if !userName.MatchString(s.Login) || slices.ContainsFunc(s.LogUsers, func(u string) bool { return !userName.MatchString(u) }) {
		return fmt.Errorf("a rule can't name the users %q and %q", s.Login, s.LogUsers)
	}
	return nil
}

// userName matches the names that can stand in a rule as they are, those of a directory's users (alice@example.com) among them.
var userName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._@-]*$`)

// Write writes a file for /etc/sudoers.d.
func (s *Places) Write(w io.Writer) error {
	if err := s.check(); err != nil {
		return err
	}
	rules := s.rules()
	var b strings.Builder
	b.WriteString("# What restorectl does with root's rights. Made by `restorectl sudoers`; sudo 1.9.10 or later.\n\nCmnd_Alias RESTORECTL = \\\n")
	for i, r := range rules {
		end := ", \\\n"
		if i == len(rules)-1 {
			end = "\n"
		}
		b.WriteString("    " + r.String() + end)
	}
	fmt.Fprintf(&b, "\n%s ALL=(root) NOPASSWD: RESTORECTL\n", s.Login)
	var logs []string
	for _, l := range s.Logs {
		logs = append(logs, Literally(l))
	}
	for _, u := range s.LogUsers {
		tool := rule{s.Tool, "(help|initialize --path[=]" + oneOf(logs) + ")"}
		fmt.Fprintf(&b, "%s ALL=(%s) NOPASSWD: %s, %s\n", s.Login, u, rule{"true", ""}, tool)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// String is the rule as sudoers has it.
func (r rule) String() string {
	program := r.program
	if !path.IsAbs(program) {
		program = path.Join(folderOf(program), program)
	}
	if r.args == "" {
		return program + ` ""`
	}
	return program + " ^" + r.args + "$"
}

// folderOf is where sudo finds a program.
func folderOf(program string) string {
	if slices.Contains([]string{"nft", "initctl", "iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore"}, program) {
		return "/usr/sbin"
	}
	return "/usr/bin"
}
