package scheduler

import (
	"context"
	"errors"
	"fmt"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// ready gives the leader once it answers read calls, in the state that a restore needs: elected and not registered. It waits for the
// cluster's patience at most.
func (a *Actor) ready(ctx context.Context) (*Client, error) {
	c, vars, err := a.Cluster.leader(ctx)
	if err != nil {
		return nil, err
	}
	if err := unregistered(c, vars); err != nil {
		return nil, err
	}
	err = a.Cluster.await(ctx, "the leader's storage", func() error {
		_, err := c.Ready(ctx)
		return err
	})
	return c, err
}

// unregistered refuses a leader that is registered with a Mesos master: what it is made to forget, it kills.
func unregistered(c *Client, vars Vars) error {
	if vars.Lifecycle() != Active && !vars.Registered() {
		return nil
	}
	return &executor.Refusal{
		Reason: fmt.Sprintf("%s is registered with a Mesos master, in state %s; a restore must not go on beside running tasks", c.name(), vars.Lifecycle()),
		Remedy: "look at its flags -mesos_master_address; `restorectl revert` undoes the run",
	}
}

// leading looks once for a leader that is ready and has nothing in its store yet.
func (a *Actor) leading(ctx context.Context) (*Client, error) {
	name, vars, err := a.Cluster.findLeader(ctx)
	if err != nil {
		return nil, err
	}
	c, err := a.Cluster.Client(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := unregistered(c, vars); err != nil {
		return nil, err
	}
	held, err := c.Ready(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s leads and does not answer read calls yet: %w", name, err)
	case held:
		return nil, &executor.Refusal{
			Reason: fmt.Sprintf("the store of the leader, %s, holds tasks, although every log was emptied: a replica came up with an old log", name),
			Remedy: "find that replica; `restorectl revert` undoes the run",
		}
	}
	return c, nil
}

func (a *Actor) lookLeader(ctx context.Context, _ planner.Step) (executor.Stand, error) {
	_, err := a.leading(ctx)
	switch {
	case err == nil:
		return executor.Done, nil
	case final(err):
		return executor.Pending, err
	}
	return executor.Pending, nil
}

func (a *Actor) awaitLeader(ctx context.Context, _ planner.Step) (executor.Outcome, error) {
	c, err := a.awaitLeading(ctx)
	if err != nil {
		return nil, err
	}
	return executor.Outcome{"leader": c.name()}, nil
}

func (a *Actor) awaitLeading(ctx context.Context) (c *Client, err error) {
	revive := newRevival(a)
	err = a.Cluster.await(ctx, "one leader that answers", func() error {
		c, err = a.leading(ctx)
		return revive.unless(ctx, err)
	})
	return c, err
}

func (a *Actor) verifyLeader(ctx context.Context, _ planner.Step) (string, error) {
	c, err := a.awaitLeading(ctx)
	if err != nil {
		return "", err
	}
	return c.name() + " leads and answers", nil
}

// loaded says whether a scheduler has a backup staged. It asks for a task that no backup has, so that the answer is short.
func loaded(ctx context.Context, c *Client) (bool, error) {
	_, err := c.Query(ctx, TaskQuery{TaskIDs: []string{""}})
	if NothingLoaded(err) {
		return false, nil
	}
	return err == nil, err
}

func (a *Actor) lookUnload(ctx context.Context, s planner.Step) (executor.Stand, error) {
	c, err := a.Cluster.Client(ctx, s.Host)
	if err != nil {
		return executor.Pending, err
	}
	is, err := loaded(ctx, c)
	if err == nil && !is {
		return executor.Done, nil
	}
	if err != nil && final(err) {
		return executor.Pending, err
	}
	return executor.Pending, nil
}

// unload unloads until nothing is loaded; a call whose answer is lost is looked into by asking what is loaded. A scheduler that lives on with
// its port closed would never answer: it is restarted.
func (a *Actor) unload(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	c, err := a.Cluster.Client(ctx, s.Host)
	if err != nil {
		return nil, err
	}
	ctx, cancel := a.Cluster.patience(ctx)
	defer cancel()
	revive := newRevival(a)
	revive.only = s.Host
	err = a.Cluster.await(ctx, s.Host+" to unload", func() error { return revive.unless(ctx, unloaded(ctx, c)) })
	return nil, err
}

// unloaded unloads what is loaded; an error says that something was, or may still be.
func unloaded(ctx context.Context, c *Client) error {
	if is, err := loaded(ctx, c); err != nil || !is {
		return err
	}
	if err := c.Unload(ctx); err != nil {
		return err
	}
	return errors.New("a backup was still loaded")
}

func (a *Actor) verifyUnload(ctx context.Context, s planner.Step) (string, error) {
	c, err := a.Cluster.Client(ctx, s.Host)
	if err != nil {
		return "", err
	}
	is, err := loaded(ctx, c)
	switch {
	case err != nil:
		return "", err
	case is:
		return "", fmt.Errorf("a backup is still loaded on %s", s.Host)
	}
	return "nothing is loaded", nil
}
