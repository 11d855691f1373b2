package hostsim

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unitFolders hold units below a host's folder; a unit in an earlier one hides those of its name in later ones.
func unitFolders() []string { return []string{"etc/systemd/system", "lib/systemd/system"} }

// wants is the folder that enabled units have links in.
const wants = "etc/systemd/system/multi-user.target.wants"

// unit is what a unit file says, with systemd's defaults for the rest.
type unit struct {
	name, path   string
	description  string
	exec         []string
	user         string
	restart      string
	restartDelay time.Duration
	timeoutStop  time.Duration
	success      []int
	environment  []string
	folder       string
	output       string
	errorOutput  string
	// dropIns are the files beside its own, in the order in which they count; conditions are the paths that must be there for a start.
	dropIns    []string
	conditions []string
}

// loadUnit reads a unit by its name; nil where there is none.
func loadUnit(root, name string) (*unit, error) {
	for _, folder := range unitFolders() {
		path := filepath.Join(root, folder, name)
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("unit %s: %w", name, err)
		}
		u := &unit{name: name, path: path, description: name, restart: "no", restartDelay: 100 * time.Millisecond, timeoutStop: 90 * time.Second}
		return u, u.load(root, string(text))
	}
	return nil, nil //nolint:nilnil // Documented.
}

// load reads the unit's file and its drop-ins. Of those with the same name the one in the earlier folder counts.
func (u *unit) load(root, text string) error {
	if err := u.parse(u.path, text); err != nil {
		return err
	}
	byName := map[string]string{}
	for _, folder := range unitFolders() {
		files, _ := filepath.Glob(filepath.Join(root, folder, u.name+".d", "*.conf")) // The pattern is sound, but for the root's name.
		for _, f := range files {
			if name := filepath.Base(f); byName[name] == "" {
				byName[name] = f
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		text, err := os.ReadFile(byName[name])
		if err != nil {
			return fmt.Errorf("unit %s: %w", u.name, err)
		}
		u.dropIns = append(u.dropIns, byName[name])
		if err := u.parse(byName[name], string(text)); err != nil {
			return err
		}
	}
	if len(u.exec) == 0 {
		return fmt.Errorf("%s: there is no ExecStart", u.path)
	}
	return nil
}

func (u *unit) parse(path, text string) error {
	text = strings.ReplaceAll(text, "\\\n", " ")
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			section = strings.Trim(line, "[]")
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		if err := u.set(section, strings.TrimSpace(key), strings.TrimSpace(value)); err != nil {
			return fmt.Errorf("%s: %s: %w", path, key, err)
		}
	}
	return nil
}

func (u *unit) set(section, key, value string) (err error) {
	switch section + "." + key {
	case "Unit.Description":
		u.description = value
	case "Unit.ConditionPathExists":
		if strings.HasPrefix(value, "!") || strings.HasPrefix(value, "|") {
			return fmt.Errorf("the sandbox's supervisor knows no condition such as %q", value)
		}
		if u.conditions = append(u.conditions, value); value == "" {
			u.conditions = nil
		}
	case "Service.ExecStart":
		u.exec = strings.Fields(value)
	case "Service.User":
		u.user = value
	case "Service.Restart":
		u.restart = value
	case "Service.RestartSec":
		u.restartDelay, err = span(value)
	case "Service.TimeoutStopSec":
		u.timeoutStop, err = span(value)
	case "Service.WorkingDirectory":
		u.folder = value
	case "Service.Environment":
		u.environment = append(u.environment, strings.Fields(value)...)
	case "Service.StandardOutput":
		u.output = value
	case "Service.StandardError":
		u.errorOutput = value
	case "Service.SuccessExitStatus":
		for _, w := range strings.Fields(value) {
			n, err := strconv.Atoi(w)
			if err != nil {
				return err
			}
			u.success = append(u.success, n)
		}
	case "Service.Type":
		if value != "simple" && value != "exec" {
			return fmt.Errorf("the sandbox's supervisor knows no type but simple, and not %q", value)
		}
	}
	return err
}

// met says whether the unit's conditions are.
func (u *unit) met() bool {
	return !slices.ContainsFunc(u.conditions, func(path string) bool {
		_, err := os.Stat(path)
		return err != nil
	})
}

// restarts says whether the unit is started again after its process has ended.
func (u *unit) restarts(clean bool) bool {
	switch u.restart {
	case "always":
		return true
	case "on-failure":
		return !clean
	case "on-success":
		return clean
	}
	return false
}

// clean says whether an exit status counts as success.
func (u *unit) clean(code int) bool { return code == 0 || slices.Contains(u.success, code) }

// enabled says whether the unit is started at boot.
func enabled(root, name string) bool {
	_, err := os.Lstat(filepath.Join(root, wants, name))
	return err == nil
}

// span reads a span of time as units have it: numbers with units, seconds where there is none.
func span(s string) (time.Duration, error) {
	units := map[string]time.Duration{
		"": time.Second, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second, "sec": time.Second, "seconds": time.Second,
		"m": time.Minute, "min": time.Minute, "minutes": time.Minute, "h": time.Hour, "hr": time.Hour, "hours": time.Hour,
	}
	var sum time.Duration
	for rest := strings.TrimSpace(s); rest != ""; {
		i := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if i < 0 {
			i = len(rest)
		}
		n, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a span of time", s)
		}
		rest = strings.TrimLeft(rest[i:], " ")
		j := strings.IndexFunc(rest, func(r rune) bool { return r < 'a' || r > 'z' })
		if j < 0 {
			j = len(rest)
		}
		unit, ok := units[rest[:j]]
		if !ok {
			return 0, fmt.Errorf("%q is not a span of time", s)
		}
		sum += time.Duration(n * float64(unit))
		rest = strings.TrimLeft(rest[j:], " ")
	}
	return sum, nil
}

// spanText is a span of time as systemctl shows it.
func spanText(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	var words []string
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}} {
		if n := d / u.size; n > 0 {
			words = append(words, fmt.Sprintf("%d%s", n, u.name))
			d %= u.size
		}
	}
	return strings.Join(words, " ")
}
