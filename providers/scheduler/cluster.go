package scheduler

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// Cluster is all schedulers of a cluster.
type Cluster struct {
	Hosts   host.Pool
	Members []Member
	// Elections reads the election from the cluster's ZooKeeper; nil where nobody can. What it can't read counts as unsaid.
	Elections func(ctx context.Context) (planner.Election, error)
	// Credentials are for schedulers that ask for some; nil for none.
	Credentials Credentials
	// Poll is the first pause between two looks while something is waited for; later ones grow to eight times that. Zero is
	// half a second.
	Poll time.Duration
	// Patience bounds the waits for the leader before a call; zero is two minutes, which outlasts the ZooKeeper session of a
	// scheduler that was killed.
	Patience time.Duration
	// Revival is how long a scheduler must have been half alive before it is restarted; zero is 20 seconds.
	Revival time.Duration
	// Progress, where not nil, is told what is waited for and what was seen, by scheduler name, empty for the cluster. It must
	// be safe for use by several goroutines.
	Progress func(scheduler, text string)
}

// Member is one scheduler of a cluster.
type Member struct {
	// Name is the scheduler's name as configured.
	Name string
	// Port is its flag -http_port, IP its flag -ip, empty for none, and BackupDir its flag -backup_dir.
	Port      int
	IP        string
	BackupDir string
	// Service is its own Kerberos principal, such as HTTP/aurora.example.com; empty for none.
	Service string
	// Aliases are the other names and addresses that the scheduler may have in the election: its flags -hostname and -ip, the
	// address and the host name of its machine.
	Aliases []string
}

// known says whether a name or address from the election is this scheduler's.
func (m Member) known(name string) bool {
	if h, _, err := net.SplitHostPort(name); err == nil {
		name = h
	}
	name = strings.TrimSuffix(name, ".")
	return slices.ContainsFunc(append([]string{m.Name, m.IP}, m.Aliases...), func(alias string) bool {
		return alias != "" && strings.EqualFold(strings.TrimSuffix(alias, "."), name)
	})
}

func (c *Cluster) member(name string) (Member, error) {
	for _, m := range c.Members {
		if m.Name == name {
			return m, nil
		}
	}
	return Member{}, fmt.Errorf("there is no scheduler %q in this cluster", name)
}

// Client connects to a scheduler's host and gives a client for its port.
func (c *Cluster) Client(ctx context.Context, scheduler string) (*Client, error) {
	m, err := c.member(scheduler)
	if err != nil {
		return nil, err
	}
	h, err := c.Hosts.Host(ctx, scheduler)
	if err != nil {
		return nil, err
	}
	return &Client{Host: h, Port: m.Port, IP: m.IP, Credentials: c.Credentials, Service: m.Service, RetryAfter: c.Poll / 2}, nil
}

// sight is what one scheduler says at one moment.
type sight struct {
	name string
	vars Vars
	err  error
}

func (s sight) String() string {
	switch {
	case refused(s.err):
		return s.name + ": nothing listens on its port"
	case s.err != nil:
		return s.name + ": " + s.err.Error()
	case s.vars.Lifecycle() == "":
		return s.name + ": it tells no lifecycle state"
	default:
		return s.name + ": " + s.vars.Lifecycle()
	}
}

// survey asks all schedulers at once for their /vars.
func (c *Cluster) survey(ctx context.Context) []sight {
	sights := make([]sight, len(c.Members))
	var wg sync.WaitGroup
	for i, m := range c.Members {
		wg.Go(func() {
			sights[i].name = m.Name
			client, err := c.Client(ctx, m.Name)
			if err == nil {
				sights[i].vars, err = client.Vars(ctx)
			}
			sights[i].err = err
		})
	}
	wg.Wait()
	return sights
}

func described(sights []sight) string {
	words := make([]string, len(sights))
	for i, s := range sights {
		words[i] = s.String()
	}
	return strings.Join(words, "; ")
}

func (c *Cluster) tell(scheduler, format string, args ...any) {
	if c.Progress != nil {
		c.Progress(scheduler, fmt.Sprintf(format, args...))
	}
}
