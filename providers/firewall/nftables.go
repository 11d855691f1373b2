package firewall

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/providers/host"
)

// nftables holds the rules in a table of its own. They are put in force and taken away in one transaction each.
type nftables struct{}

// listing is the table as nft lists it; empty where it is not there.
type listing string

func (nftables) place() string { return "table inet " + Table }

// read lists the table.
func (nftables) read(ctx context.Context, h host.Host) (reading, error) {
	res, err := h.Run(ctx, nft("list", "table", "inet", Table))
	if err == nil {
		return listing(res.Stdout), nil
	}
	if absent(err) {
		return listing(""), nil
	}
	return nil, fmt.Errorf("nftables can't be used: %w", err)
}

func (l listing) any() bool { return l != "" }

// noTable is how nft says that the table is not there. A login shell and sudo may miss files of their own.
var noTable = regexp.MustCompile(`(?m)Error: .*No such file or directory$`)

// absent says whether nft failed because the table is not there, and not because nft is not.
func absent(err error) bool {
	exit := (*host.ExitError)(nil)
	// A missing program ends with 127.
	if !errors.As(err, &exit) || exit.Code != 1 {
		return false
	}
	return noTable.Match(exit.Stderr)
}

// apply puts the rules in force, in one transaction.
func (nftables) apply(ctx context.Context, h host.Host, r *ruleset) error {
	c := nft("-f", "-")
	c.Stdin = strings.NewReader(r.script())
	if _, err := h.Run(ctx, c); err != nil {
		return fmt.Errorf("nftables did not take the rules, and nothing was changed: %w", err)
	}
	return nil
}

// remove deletes the table; one that is not there is no error.
func (nftables) remove(ctx context.Context, h host.Host) error {
	_, err := h.Run(ctx, nft("delete", "table", "inet", Table))
	if err != nil && !absent(err) {
		return fmt.Errorf("restorectl's rules could not be taken away: %w", err)
	}
	return nil
}

// risk looks for systemd's service nftables: its rules begin with a flush of everything. firewalld flushes only its own table.
func (nftables) risk(ctx context.Context, h host.Host) (string, error) {
	active, err := answers(ctx, h, "systemctl", "is-active", "--quiet", "nftables.service")
	if !active || err != nil {
		return "", err
	}
	return "the service nftables is active: when it is reloaded or stopped, its rules usually flush all others, restorectl's too", nil
}

func nft(args ...string) host.Command {
	return host.Command{Args: append([]string{"env", "LC_ALL=C", "nft"}, args...), Root: true}
}

// chain is the chain's text, line by line, as nftables lists it.
func (r *ruleset) chain() []string {
	lines := []string{
		fmt.Sprintf("type filter hook input priority %d; policy accept;", priority),
		`iif "lo" accept`,
	}
	for _, p := range r.allow {
		source := p.String()
		if p.IsSingleIP() {
			source = p.Addr().String()
		}
		family := "ip"
		if p.Addr().Is6() {
			family = "ip6"
		}
		lines = append(lines, fmt.Sprintf("%s saddr %s accept", family, source))
	}
	return append(lines, fmt.Sprintf("tcp dport %d reject with tcp reset", r.port))
}

// script makes the table what it should be, in one transaction, whatever it was before.
func (r *ruleset) script() string {
	var b strings.Builder
	// The first line makes sure that there is a table to delete.
	fmt.Fprintf(&b, "table inet %s\ndelete table inet %s\ntable inet %s {\n\tchain input {\n", Table, Table, Table)
	for _, line := range r.chain() {
		fmt.Fprintf(&b, "\t\t%s\n", line)
	}
	b.WriteString("\t}\n}\n")
	return b.String()
}

func (l listing) inForce(r *ruleset) bool {
	want := append([]string{"table inet " + Table + " {", "chain input {"}, r.chain()...)
	want = append(want, "}", "}")
	for i := range want {
		want[i] = plain(want[i])
	}
	return slices.Equal(lines(string(l)), want)
}

func (l listing) blocks(port int) bool {
	found := lines(string(l))
	return slices.Contains(found, plain(fmt.Sprintf("tcp dport %d reject with tcp reset", port))) &&
		slices.ContainsFunc(found, func(l string) bool { return strings.HasPrefix(l, "type filter hook input ") })
}

// lines are the lines of a listing without spacing, comments and empty lines.
func lines(listing string) []string {
	var found []string
	for line := range strings.Lines(listing) {
		line, _, _ = strings.Cut(line, "#") // handles, where an alias of the operator's lists them
		if line = plain(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

// plain takes out what releases of nftables write differently: quotes, spacing, and the last semicolon.
func plain(line string) string {
	line = strings.ReplaceAll(line, `"`, "")
	line = strings.ReplaceAll(line, ";", " ; ")
	line = strings.Join(strings.Fields(line), " ")
	return strings.TrimSuffix(line, " ;")
}
