package firewall

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/providers/host"
)

// firewalld holds the rules as rich rules of every active zone and of the default one, in the runtime configuration only: the files of
// the permanent one stay as they are, and a reload takes the rules away, which whoever looks next reports. Loopback and established
// connections are let in by firewalld before any zone. An allowed address is let in even where the zone would not.
type firewalld struct{}

// The priorities of the rules, of -32768 to 32767, lowest first. By them restorectl knows its own.
const (
	allowPriority  = -32767
	rejectPriority = -32766
)

// zones are firewalld's zones as they were read.
type zones struct {
	// used are the active ones and the default one, sorted.
	used []string
	// rules are restorectl's, by zone.
	rules map[string][]string
}

func (firewalld) place() string { return "the rich rules of firewalld's zones" }

// notRunning is how firewall-cmd exits where firewalld does not run.
const notRunning = 252

// read lists all zones.
func (d firewalld) read(ctx context.Context, h host.Host) (reading, error) {
	all, err := d.cmd(ctx, h, "--list-all-zones")
	if exit := (*host.ExitError)(nil); errors.As(err, &exit) && exit.Code == notRunning {
		return nil, &unusableError{"firewalld does not run"}
	}
	if err != nil {
		return nil, fmt.Errorf("firewalld can't be used: %w", err)
	}
	standard, err := d.cmd(ctx, h, "--get-default-zone")
	if err != nil {
		return nil, err
	}
	z := parseZones(all)
	if name := strings.TrimSpace(standard); !slices.Contains(z.used, name) {
		z.used = append(z.used, name)
		slices.Sort(z.used)
	}
	return z, nil
}

// hasPriorities says whether a release is 0.7 or later.
func hasPriorities(version string) bool {
	major, rest, _ := strings.Cut(strings.TrimSpace(version), ".")
	minor, _, _ := strings.Cut(rest, ".")
	x, err1 := strconv.Atoi(major)
	y, err2 := strconv.Atoi(minor)
	return err1 == nil && err2 == nil && (x > 0 || y >= 7)
}

// zoneLine begins a zone in the listing: its name and, in parentheses, what it is.
var zoneLine = regexp.MustCompile(`^(\S+)(?: \(([^)]*)\))?$`)

// parseZones reads what `firewall-cmd --list-all-zones` printed: a zone's name, and indented what it has.
func parseZones(text string) zones {
	z := zones{rules: map[string][]string{}}
	zone := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := zoneLine.FindStringSubmatch(line); m != nil {
			zone = m[1]
			if slices.Contains(strings.Split(m[2], ", "), "active") {
				z.used = append(z.used, zone)
			}
			continue
		}
		rule := strings.TrimSpace(line)
		for _, p := range []int{allowPriority, rejectPriority} {
			if strings.HasPrefix(rule, fmt.Sprintf(`rule priority="%d" `, p)) {
				z.rules[zone] = append(z.rules[zone], rule)
			}
		}
	}
	slices.Sort(z.used)
	return z
}

// rich are the rules, as firewalld writes them.
func (r *ruleset) rich() []string {
	port := fmt.Sprintf(`port port="%d" protocol="tcp"`, r.port)
	var rules []string
	for _, p := range r.allow {
		family, source := "ipv4", p.String()
		if p.Addr().Is6() {
			family = "ipv6"
		}
		if p.IsSingleIP() {
			source = p.Addr().String()
		}
		rules = append(rules, fmt.Sprintf(`rule priority="%d" family="%s" source address="%s" %s accept`, allowPriority, family, source, port))
	}
	return append(rules, rejects(r.port)...)
}

func rejects(port int) []string {
	var rules []string
	for _, family := range []string{"ipv4", "ipv6"} {
		rules = append(rules, fmt.Sprintf(`rule priority="%d" family="%s" port port="%d" protocol="tcp" reject type="tcp-reset"`, rejectPriority, family, port))
	}
	return rules
}

func (z zones) any() bool { return len(z.rules) > 0 }

func (z zones) inForce(r *ruleset) bool {
	if !slices.Equal(slices.Sorted(maps.Keys(z.rules)), z.used) {
		return false
	}
	want := slices.Sorted(slices.Values(r.rich()))
	for _, has := range z.rules {
		if !slices.Equal(slices.Sorted(slices.Values(has)), want) {
			return false
		}
	}
	return true
}

func (z zones) blocks(port int) bool {
	for _, zone := range z.used {
		for _, rule := range rejects(port) {
			if !slices.Contains(z.rules[zone], rule) {
				return false
			}
		}
	}
	return len(z.used) > 0
}

// apply takes away what must not be there, and then adds what is missing, the addresses that are let in first. firewalld knows no
// transactions of several rules.
func (d firewalld) apply(ctx context.Context, h host.Host, r *ruleset) error {
	want := r.rich()
	return d.change(ctx, h, func(z zones, zone string) (add, drop []string) {
		if slices.Contains(z.used, zone) {
			add = want
		}
		return without(add, z.rules[zone]), without(z.rules[zone], add)
	})
}

func (d firewalld) remove(ctx context.Context, h host.Host) error {
	return d.change(ctx, h, func(z zones, zone string) (add, drop []string) { return nil, z.rules[zone] })
}

// without gives the rules of a that are not in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(rule string) bool { return slices.Contains(b, rule) })
}

// change adds and takes away the rules of each zone.
func (d firewalld) change(ctx context.Context, h host.Host, orders func(z zones, zone string) (add, drop []string)) error {
	now, err := d.read(ctx, h)
	if err != nil {
		return err
	}
	z, _ := now.(zones)
	all := slices.Sorted(maps.Keys(z.rules))
	for _, zone := range z.used {
		if !slices.Contains(all, zone) {
			all = append(all, zone)
		}
	}
	for _, zone := range all {
		add, drop := orders(z, zone)
		args := []string{"--zone=" + zone}
		for _, rule := range drop {
			args = append(args, "--remove-rich-rule="+rule)
		}
		if err := d.give(ctx, h, args, len(drop)); err != nil {
			return err
		}
		args = args[:1]
		for _, rule := range add {
			args = append(args, "--add-rich-rule="+rule)
		}
		if err := d.give(ctx, h, args, len(add)); err != nil {
			return err
		}
	}
	return nil
}

// give gives orders, where there are any.
func (d firewalld) give(ctx context.Context, h host.Host, args []string, orders int) error {
	if orders == 0 {
		return nil
	}
	if _, err := d.cmd(ctx, h, args...); err != nil {
		return fmt.Errorf("firewalld did not take the rules: %w", err)
	}
	return nil
}

func (firewalld) cmd(ctx context.Context, h host.Host, args ...string) (string, error) {
	res, err := h.Run(ctx, host.Command{Args: append([]string{"env", "LC_ALL=C", "firewall-cmd"}, args...), Root: true})
	return string(res.Stdout), err
}

// risk is firewalld's own.
func (d firewalld) risk(ctx context.Context, h host.Host) (string, error) {
	version, err := d.cmd(ctx, h, "--version")
	if err != nil {
		return "", err
	}
	if !hasPriorities(version) {
		return "", &unusableError{fmt.Sprintf("firewalld %s knows no priorities of rich rules, which came with 0.7", strings.TrimSpace(version))}
	}
	return "a reload of firewalld takes its rules away, since nothing is written to its permanent configuration", nil
}
