package hostsim

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// sudoRule lets commands through as one user.
type sudoRule struct {
	as       string
	commands []string
}

// sudoersOf reads the rules in the host's etc/sudoers.d. Of sudoers(5) it knows Cmnd_Alias, rules of the form
// "user ALL=(user) NOPASSWD: commands", and commands with their arguments, as they are or as a regular expression from ^ to $, with "" for no
// arguments, or with none written for any.
func sudoersOf(root string) ([]sudoRule, error) {
	files, err := filepath.Glob(filepath.Join(root, "etc/sudoers.d/*"))
	if err != nil {
		return nil, err
	}
	var rules []sudoRule
	aliases := map[string][]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", "")) {
			name, list, found := strings.Cut(strings.TrimSpace(line), "=")
			if alias, ok := strings.CutPrefix(name, "Cmnd_Alias "); ok {
				aliases[strings.TrimSpace(alias)] = commandList(list)
				continue
			}
			as, commands, ok := strings.Cut(list, " NOPASSWD: ")
			if !found || !ok || strings.HasPrefix(name, "#") {
				continue
			}
			r := sudoRule{as: strings.Trim(as, "()")}
			for _, c := range commandList(commands) {
				if meant, ok := aliases[c]; ok {
					r.commands = append(r.commands, meant...)
				} else {
					r.commands = append(r.commands, c)
				}
			}
			rules = append(rules, r)
		}
	}
	return rules, nil
}

func commandList(list string) []string {
	commands := strings.Split(list, ", ")
	for i := range commands {
		commands[i] = strings.TrimSpace(commands[i])
	}
	return commands
}

// lets says whether a rule lets a command through.
func (r *sudoRule) lets(as string, command []string) bool {
	return r.as == as && slices.ContainsFunc(r.commands, func(c string) bool {
		program, args, _ := strings.Cut(c, " ")
		if filepath.Base(program) != filepath.Base(command[0]) {
			return false
		}
		given := strings.Join(command[1:], " ")
		switch {
		case args == `""`:
			return len(command) == 1
		case strings.HasPrefix(args, "^") && strings.HasSuffix(args, "$"):
			m, err := regexp.MatchString(args, given)
			return err == nil && m
		}
		return args == "" || args == given
	})
}

// hostRoot is the host's folder, the home folder of its user.
func hostRoot(environ []string) string {
	for _, e := range slices.Backward(environ) {
		if home, ok := strings.CutPrefix(e, "HOME="); ok {
			return home
		}
	}
	return ""
}

// granted says whether the host's rules let a command through. A host without rules lets everything through.
func granted(environ []string, as string, command []string) (bool, error) {
	rules, err := sudoersOf(hostRoot(environ))
	if err != nil || len(rules) == 0 {
		return err == nil, err
	}
	return slices.ContainsFunc(rules, func(r sudoRule) bool { return r.lets(as, command) }), nil
}

// noteRefusal writes into the host's var/log/auth.log what was refused.
func noteRefusal(environ []string, login, as string, command []string) {
	f, err := os.OpenFile(filepath.Join(hostRoot(environ), "var/log/auth.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640) //nolint:gosec // As on a real host.
	if err != nil {
		return // There is no log then; sudo says it all the same.
	}
	_, _ = fmt.Fprintf(f, "sudo: %s : command not allowed ; USER=%s ; COMMAND=%s\n", login, as, strings.Join(command, " ")) // As above.
	_ = f.Close()
}
