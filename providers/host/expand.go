package host

import (
	"crypto/sha1" //nolint:gosec // OpenSSH makes names of files with it.
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// variable is an environment variable in a name of ssh_config.
var variable = regexp.MustCompile(`\$\{(\w+)\}`)

// expander replaces the tokens and variables of ssh_config(5) in the name of a file.
func (s *settings) expander(alias string, t *target) func(name string) (string, error) {
	local, _ := os.Hostname() // A name with it is then not found.
	short, _, _ := strings.Cut(local, ".")
	jump := ""
	if len(t.jumps) > 0 {
		if h, err := parseJump(t.jumps[len(t.jumps)-1]); err == nil {
			jump = h.alias
		}
	}
	port, known := strconv.Itoa(t.port), t.hostKeyAlias
	if known == "" {
		known = alias
	}
	sum := sha1.Sum([]byte(local + t.host + port + t.user + jump)) //nolint:gosec // As above.
	tokens := strings.NewReplacer("%%", "%", "%C", hex.EncodeToString(sum[:]), "%d", s.opts.Home, "%h", t.host, "%i", strconv.Itoa(os.Getuid()),
		"%j", jump, "%k", known, "%L", short, "%l", local, "%n", alias, "%p", port, "%r", t.user, "%u", s.opts.User)
	return func(name string) (string, error) {
		var unset error
		name = variable.ReplaceAllStringFunc(tokens.Replace(s.home(name)), func(v string) string {
			value, ok := os.LookupEnv(v[2 : len(v)-1])
			if !ok {
				unset = fmt.Errorf("the SSH configuration names %s for %s, and %s is not set", name, alias, v)
			}
			return value
		})
		return name, unset
	}
}

// home expands a leading ~/ to the operator's home folder.
func (s *settings) home(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		return filepath.Join(s.opts.Home, rest)
	}
	return name
}
