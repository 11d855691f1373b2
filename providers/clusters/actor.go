package clusters

import (
	"context"
	"fmt"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/run"
)

// unauthenticated is the auth_mechanism of a client that shows no credentials.
const unauthenticated = "UNAUTHENTICATED"

// Actor carries out planner.ClustersAction.
type Actor struct {
	Folders run.Locator
}

// Look compares the file with what the plan saw and with what the run did to it.
func (a *Actor) Look(ctx context.Context, s planner.Step) (executor.Stand, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return executor.Pending, err
	}
	standing, err := f.Standing(ctx, act.Path)
	if err != nil {
		return executor.Pending, err
	}
	switch {
	case act.Op == planner.OpRestore && (standing == run.Untouched || standing == run.Restored):
		return executor.Done, nil
	case act.Op == planner.OpEdit && standing == run.Edited:
		return executor.Done, nil
	case act.Op == planner.OpEdit && standing == run.Foreign:
		return executor.Pending, &executor.Refusal{
			Reason: fmt.Sprintf("%s on %s was changed by somebody else after this run edited it", act.Path, f.Host.Name()),
			Remedy: "find out who edits it; `restorectl revert` takes out this run's edit and keeps the rest",
		}
	}
	return executor.Pending, nil
}

// Act points the cluster at the scheduler, or takes that out again.
func (a *Actor) Act(ctx context.Context, s planner.Step) (executor.Outcome, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return nil, err
	}
	if act.Op == planner.OpRestore {
		return f.Restore(ctx, act.Path, func(now []byte) ([]byte, error) {
			original, err := f.Original(ctx, act.Path)
			if err != nil {
				return nil, err
			}
			return takeOut(now, original, act)
		})
	}
	return f.Edit(ctx, act.Path, act.Digest, func(content []byte) ([]byte, error) {
		out, err := point(content, act)
		if err != nil {
			return nil, &executor.Refusal{
				Reason: fmt.Sprintf("%s on %s can't be edited: %v", act.Path, f.Host.Name(), err),
				Remedy: "correct the file and make a new plan; nothing was changed in it",
			}
		}
		return out, nil
	})
}

// Verify reads the file again.
func (a *Actor) Verify(ctx context.Context, s planner.Step) (string, error) {
	act, f, err := a.of(ctx, s)
	if err != nil {
		return "", err
	}
	stand, err := a.Look(ctx, s)
	switch {
	case err != nil:
		return "", err
	case stand != executor.Done:
		return "", fmt.Errorf("%s on %s is not as the step left it", act.Path, f.Host.Name())
	case act.Op == planner.OpRestore:
		return "the entry is as it was before", nil
	}
	content, _, err := host.ReadFile(ctx, f.Host, act.Path)
	if err != nil {
		return "", err
	}
	e, err := find(content, act.Cluster)
	if err != nil {
		return "", fmt.Errorf("%s on %s: %w", act.Path, f.Host.Name(), err)
	}
	if e.text(keySchedulerURI) != act.SchedulerURI || e.member(keyZK) != nil || act.Unauthenticated && e.text(keyAuth) != unauthenticated {
		return "", fmt.Errorf("%s on %s: the entry of %s does not lead straight to the scheduler", act.Path, f.Host.Name(), act.Cluster)
	}
	return "the entry leads to " + act.SchedulerURI, nil
}

// point sets what leads a client straight to the scheduler, and takes out zk, which would win over it.
func point(content []byte, act *planner.ClustersAction) ([]byte, error) {
	out, err := set(content, act.Cluster, keySchedulerURI, act.SchedulerURI)
	if err != nil {
		return nil, err
	}
	if out, err = remove(out, act.Cluster, keyZK); err != nil || !act.Unauthenticated {
		return out, err
	}
	return set(out, act.Cluster, keyAuth, unauthenticated)
}

// takeOut puts the keys of the edit back as they are in the original. What somebody else set meanwhile in place of the edit is
// theirs and stays.
func takeOut(now, original []byte, act *planner.ClustersAction) ([]byte, error) {
	e, err := find(now, act.Cluster)
	if err != nil {
		return nil, err
	}
	var keys []string
	if e.text(keySchedulerURI) == act.SchedulerURI {
		keys = append(keys, keySchedulerURI)
	}
	if e.member(keyZK) == nil {
		keys = append(keys, keyZK)
	}
	if act.Unauthenticated && e.text(keyAuth) == unauthenticated {
		keys = append(keys, keyAuth)
	}
	for _, key := range keys {
		if now, err = undo(now, original, act.Cluster, key); err != nil {
			return nil, err
		}
	}
	return now, nil
}

func (a *Actor) of(ctx context.Context, s planner.Step) (*planner.ClustersAction, *run.Folder, error) {
	act := s.Action.Clusters
	if act == nil || act.Op != planner.OpEdit && act.Op != planner.OpRestore {
		return nil, nil, fmt.Errorf("step %s is not about a clusters.json", s.ID)
	}
	f, err := a.Folders.Folder(ctx, s.Host)
	return act, f, err
}
