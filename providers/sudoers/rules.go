package sudoers

import (
	"path"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/providers/host"
)

// rule is a program and a POSIX extended regular expression for its arguments, joined by spaces as sudo joins them.
type rule struct{ program, args string }

// Pieces of the expressions. A part of a path is none of "." and "..", so that no path leads out of its folder.
const (
	part    = `/[.]?[^./ ][^/ ]*`
	anyPath = `/[^ ]*`
	run     = `/[0-9a-f]+`
)

// Literally writes a text as an expression that matches only it. Backslashes would have a meaning of their own in sudoers.
func Literally(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune("^$\\\n#\"", r):
			b.WriteByte('.') // Any character: these can't stand in an expression, or not in one of sudoers.
		case strings.ContainsRune(".[]*+?(){}|,:=!", r):
			b.WriteString("[" + string(r) + "]")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// oneOf is an expression for one of some texts.
func oneOf(expressions []string) string { return "(" + strings.Join(expressions, "|") + ")" }

// written are a file and what becomes the new one beside it.
func written(file string) string {
	return Literally(path.Dir(file)) + "/(" + Literally(path.Base(file)) + "|[.]" + Literally(path.Base(file)) + "[.]restorectl)"
}

// below are a folder, everything in it, and what becomes a new one of its name.
func below(folder string) string {
	return Literally(strings.TrimRight(folder, "/")) + "(" + part + ")*"
}

// rules are what is run as root.
func (s *Places) rules() []rule {
	var writable, runs []string
	for _, f := range s.Files {
		writable = append(writable, written(f))
	}
	for _, f := range s.Folders {
		writable = append(writable, below(f))
	}
	readable := slices.Clone(writable)
	for _, f := range s.ReadOnly {
		readable = append(readable, Literally(f))
	}
	for _, f := range s.RunFolders {
		runs = append(runs, Literally(f))
	}
	w, r, u := oneOf(writable), oneOf(readable), oneOf(runs)
	rules := []rule{
		{"true", ""},
		// Looking.
		{"stat", `(-L )?--printf[=]` + Literally(host.StatFormat) + ` -- ` + anyPath},
		{"readlink", `-f -n -- ` + anyPath},
		{"df", `--output[=]avail -B1 -- ` + anyPath},
		{"mountpoint", `-q -- ` + anyPath},
		{"sync", `-- ` + anyPath},
		{"cat", `-- ` + r},
		{"cat", `(-- )?/proc/([0-9]+/(cmdline|stat|status)|sys/kernel/random/boot_id)`},
		{"sha256sum", `-- ` + r},
		{"find", r + `/ -mindepth 1 -maxdepth 1 -printf ` + Literally(host.FindFormat)},
		{"find", `/proc -mindepth 3 -maxdepth 3 -path ` + Literally("/proc/[0-9]*/fd/*") + ` -lname [^ ]+ -print -quit`},
		{"du", `-s -b -- ` + u + run},
		{"tar", `--create --format[=]gnu --directory[=]` + r + ` --warning[=]no-file-changed --file[=]- --( [A-Za-z0-9._-]+)+`},
		// Changing files and folders.
		{"install", `-m 0600 -T -- /dev/null ` + w},
		{"dd", `of[=]` + w + ` bs[=]64k iflag[=]fullblock oflag[=](append[,])?nofollow conv[=]notrunc[,]nocreat[,]fsync status[=]none`},
		{"cp", `(--remove-destination|--attributes-only) --preserve[=]all -- ` + w + ` ` + w},
		{"chmod", `-- 0[0-7][0-7][0-7] ` + w},
		{"chown", `-- [A-Za-z0-9._@-]+([:][A-Za-z0-9._@-]+)? ` + w},
		{"touch", `-- ` + w},
		{"mv", `-[fn] -T -- ` + w + ` ` + w},
		{"rm", `-f -- ` + w},
		{"mkdir", `-p -m 0[0-7][0-7][0-7] -- ` + w},
		// Purging a run.
		{"find", u + run + ` -xdev -mindepth 1 -maxdepth 1 [!] -name run[.]json -exec rm -rf --one-file-system -- [{][}] ;`},
		{"rm", `-rf --one-file-system -- ` + u + run},
		{"rmdir", `--ignore-fail-on-non-empty -- ` + u},
	}
	for _, c := range s.Commands {
		rules = append(rules, rule{c[0], Literally(strings.Join(c[1:], " "))})
	}
	for _, p := range s.Patterns {
		rules = append(rules, rule{p.Program, p.Arguments})
	}
	return rules
}
