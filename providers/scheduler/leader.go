package scheduler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
)

// NoLeaderError says that it can't be told, at this moment, who leads the cluster.
type NoLeaderError struct {
	// Reason is why not; Seen what was seen of each scheduler and of the election.
	Reason, Seen string
}

// Error gives the reason and what was seen.
func (e *NoLeaderError) Error() string { return fmt.Sprintf("%s (%s)", e.Reason, e.Seen) }

// FindLeader names the scheduler that leads: the only one whose /vars says so, and, where ZooKeeper can be read, the one that the
// election names. A name there that nobody knows is no contradiction as long as it can't be another scheduler's. It looks once; a
// *NoLeaderError says that there is none, more than one, or that the two don't agree. The leader need not be ready yet.
func (c *Cluster) FindLeader(ctx context.Context) (string, error) {
	name, _, err := c.findLeader(ctx)
	return name, err
}

func (c *Cluster) findLeader(ctx context.Context) (string, Vars, error) {
	sights := c.survey(ctx)
	election, unread := c.election(ctx)
	seen := described(sights) + "; " + spokenElection(election, unread)
	var leaders []sight
	unseen, answered := "", 0
	for _, s := range sights {
		switch {
		case s.err == nil:
			if answered++; s.vars.Leads() {
				leaders = append(leaders, s)
			}
		case !refused(s.err):
			unseen = s.name
		}
	}
	no := func(format string, args ...any) (string, Vars, error) {
		return "", nil, &NoLeaderError{Reason: fmt.Sprintf(format, args...), Seen: seen}
	}
	switch {
	case len(leaders) == 0:
		return no("no scheduler leads")
	case len(leaders) > 1:
		return no("%d schedulers take themselves for the leader", len(leaders))
	case unread != "" && unseen != "":
		return no("%s leads, but %s did not answer and the election can't be read, so that another may lead too", leaders[0].name, unseen)
	case unread == "":
		everybody := unseen == "" && election.Candidates <= answered
		if reason := c.disagreement(leaders[0].name, election, everybody); reason != "" {
			return no("%s", reason)
		}
	}
	return leaders[0].name, leaders[0].vars, nil
}

// election reads the election; the text says why it could not be read.
func (c *Cluster) election(ctx context.Context) (planner.Election, string) {
	if c.Elections == nil {
		return planner.Election{}, "nobody reads it"
	}
	e, err := c.Elections(ctx)
	if err != nil {
		return planner.Election{}, err.Error()
	}
	return e, e.Problem
}

func spokenElection(e planner.Election, unread string) string {
	switch {
	case unread != "":
		return "election: " + unread
	case e.Leader == "":
		return fmt.Sprintf("election: %d candidates and no leader", e.Candidates)
	default:
		return fmt.Sprintf("election: %d candidates, led by %s", e.Candidates, e.Leader)
	}
}

// disagreement says how the election contradicts that a scheduler leads; empty where it does not. A scheduler writes into the election
// the address that its machine's name resolves to there, which may be one that nobody else knows it by (127.0.1.1 on Debian). Where
// everybody is accounted for, such a name can only be the leader's.
func (c *Cluster) disagreement(leader string, e planner.Election, everybody bool) string {
	if e.Leader == "" {
		return fmt.Sprintf("%s says that it leads and the election has no leader", leader)
	}
	var named []string
	for _, m := range c.Members {
		if m.known(e.Leader) {
			if m.Name == leader {
				return ""
			}
			named = append(named, m.Name)
		}
	}
	switch {
	case len(named) == 0 && everybody:
		return ""
	case len(named) == 0:
		return fmt.Sprintf("%s says that it leads and the election names %s, which is no known name or address of any scheduler; is there a scheduler that the configuration does not name?", leader, e.Leader)
	}
	return fmt.Sprintf("%s says that it leads and the election names %s", leader, strings.Join(named, " or "))
}

// patience bounds a wait for a leader.
func (c *Cluster) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	const defaultPatience = 2 * time.Minute
	return context.WithTimeout(ctx, cmp.Or(c.Patience, defaultPatience))
}

// leader waits, for the cluster's patience, until it can be told who leads, and gives a client for it.
func (c *Cluster) leader(ctx context.Context) (*Client, Vars, error) {
	ctx, cancel := c.patience(ctx)
	defer cancel()
	var name string
	var vars Vars
	err := c.await(ctx, "one leader", func() (err error) {
		name, vars, err = c.findLeader(ctx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	client, err := c.Client(ctx, name)
	return client, vars, err
}

// await calls look, with growing pauses, until it returns nil or an error that waiting can't help. When ctx ends first, the error
// says what was waited for and why look was not content last.
func (c *Cluster) await(ctx context.Context, what string, look func() error) error {
	const defaultPoll = 500 * time.Millisecond
	first := cmp.Or(c.Poll, defaultPoll)
	told := ""
	var last error
	for pause := first; ; pause = min(2*pause, 8*first) {
		err := look()
		if err == nil || final(err) {
			return err
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		if last.Error() != told {
			told = last.Error()
			c.tell("", "waiting for %s: %s", what, told)
		}
		if ended := sleep(ctx, pause); ended != nil {
			return fmt.Errorf("waited for %s in vain (%w); seen last: %w", what, ended, last)
		}
	}
}

// final says that waiting can't help. A scheduler that was just elected, that is about to end, or that is out of reach for a moment
// can.
func final(err error) bool {
	var status *StatusError
	var thrown *ExceptionError
	var answer *ResponseError
	switch {
	case errors.As(err, &status):
		const unauthorized, forbidden = 401, 403
		return status.Status == unauthorized || status.Status == forbidden
	case errors.As(err, &thrown):
		return true
	case errors.As(err, &answer):
		return !answer.Transient()
	}
	return isRefusal(err)
}
