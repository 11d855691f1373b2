package firewall

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
)

// iptables holds the rules in a chain of its own in the table filter, which the first rule of INPUT leads packets to the port to. Both
// families have one, the second only where the host speaks IPv6. What the chain lets pass is still up to the other rules of INPUT. Each
// family is changed in one transaction. Where nothing used the table before, its empty standard chains stay.
type iptables struct{}

// family is one of the two programs, and what it read.
type family struct {
	program string
	ipv6    bool
	// chain are the rules of restorectl's chain, input those of INPUT, both as iptables-save writes them; exists says that the
	// chain is there.
	chain, input []string
	exists       bool
}

// families are both families as they were read.
type families []family

func (iptables) place() string { return "chain " + Table + " of iptables and ip6tables" }

// wait lets a program wait for the lock of iptables, in seconds. Written like that, in one word, releases before 1.6.2, which know neither
// the option nor the lock, complain of it and go on; of -w they would take the number for a file to read.
const wait = "--wait=30"

// read saves both tables.
func (iptables) read(ctx context.Context, h host.Host) (reading, error) {
	ipv6, err := answers(ctx, h, "test", "-e", "/proc/net/if_inet6")
	if err != nil {
		return nil, err
	}
	found := families{{program: "iptables"}}
	if ipv6 {
		found = append(found, family{program: "ip6tables", ipv6: true})
	}
	for i := range found {
		f := &found[i]
		res, err := h.Run(ctx, host.Command{Args: []string{"env", "LC_ALL=C", f.program + "-save", "-t", "filter"}, Root: true})
		if err != nil {
			return nil, fmt.Errorf("%s can't be used: %w", f.program, err)
		}
		f.parse(string(res.Stdout))
	}
	return found, nil
}

// parse reads what iptables-save wrote.
func (f *family) parse(saved string) {
	for line := range strings.Lines(saved) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, ":"+Table+" "):
			f.exists = true
		case strings.HasPrefix(line, "-A "+Table+" "):
			f.chain = append(f.chain, line)
		case strings.HasPrefix(line, "-A INPUT "):
			f.input = append(f.input, line)
		}
	}
}

// jumps are the rules of INPUT that lead to restorectl's chain.
func (f *family) jumps() []string {
	var found []string
	for _, line := range f.input {
		if strings.HasSuffix(line, " -j "+Table) {
			found = append(found, line)
		}
	}
	return found
}

// jump is the rule of INPUT, as iptables-save writes it.
func jump(port int) string {
	return fmt.Sprintf("-A INPUT -p tcp -m tcp --dport %d -j %s", port, Table)
}

// rules are those of the chain, as iptables-save writes them.
func (f *family) rules(r *ruleset) []string {
	rules := []string{"-A " + Table + " -i lo -j RETURN"}
	for _, p := range r.allow {
		if p.Addr().Is6() == f.ipv6 {
			rules = append(rules, fmt.Sprintf("-A %s -s %s -j RETURN", Table, p))
		}
	}
	return append(rules, rejectAll)
}

const rejectAll = "-A " + Table + " -p tcp -j REJECT --reject-with tcp-reset"

func (fs families) any() bool {
	return slices.ContainsFunc(fs, func(f family) bool { return f.exists || len(f.jumps()) > 0 })
}

func (fs families) inForce(r *ruleset) bool {
	for i := range fs {
		f := &fs[i]
		if !slices.Equal(f.chain, f.rules(r)) || len(f.jumps()) != 1 || f.input[0] != jump(r.port) {
			return false
		}
	}
	return true
}

// blocks wants the jump to be first: another rule before it might let everybody in.
func (fs families) blocks(port int) bool {
	return !slices.ContainsFunc(fs, func(f family) bool {
		return len(f.input) == 0 || f.input[0] != jump(port) || !slices.Contains(f.chain, rejectAll)
	})
}

func (t iptables) apply(ctx context.Context, h host.Host, r *ruleset) error {
	return t.change(ctx, h, func(f *family) []string {
		return slices.Concat([]string{":" + Table + " - [0:0]"}, f.unjump(), f.rules(r), []string{strings.Replace(jump(r.port), "-A INPUT", "-I INPUT 1", 1)})
	})
}

func (t iptables) remove(ctx context.Context, h host.Host) error {
	return t.change(ctx, h, func(f *family) []string {
		if !f.exists {
			return nil
		}
		return append(f.unjump(), "-F "+Table, "-X "+Table)
	})
}

// unjump are the orders that delete all jumps to the chain.
func (f *family) unjump() []string {
	var orders []string
	for _, j := range f.jumps() {
		orders = append(orders, strings.Replace(j, "-A INPUT", "-D INPUT", 1))
	}
	return orders
}

// change gives each family orders, in one transaction; a family without any is left alone.
func (t iptables) change(ctx context.Context, h host.Host, orders func(f *family) []string) error {
	now, err := t.read(ctx, h)
	if err != nil {
		return err
	}
	all, _ := now.(families)
	for i := range all {
		f := &all[i]
		todo := orders(f)
		if len(todo) == 0 {
			continue
		}
		text := "*filter\n" + strings.Join(todo, "\n") + "\nCOMMIT\n"
		c := host.Command{Args: []string{"env", "LC_ALL=C", f.program + "-restore", "--noflush", wait}, Root: true, Stdin: strings.NewReader(text)}
		if _, err := h.Run(ctx, c); err != nil {
			return fmt.Errorf("%s did not take the rules, and changed nothing: %w", f.program, err)
		}
	}
	return nil
}

// risk looks for firewalld, which empties the chains of iptables when it is reloaded.
func (iptables) risk(ctx context.Context, h host.Host) (string, error) {
	running, err := answers(ctx, h, "firewall-cmd", "--state")
	if !running || err != nil {
		return "", err
	}
	return fmt.Sprintf("firewalld runs, and takes away the rules of iptables when it is reloaded; firewall %q keeps its own table", config.FirewallNftables), nil
}
