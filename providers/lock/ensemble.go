package lock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"sync"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/zookeeper"
)

const (
	runNode    = "run"
	holderNode = "holder"
	// nodeFormat is the version of what the nodes hold.
	nodeFormat = 1
	// ensemblePatience bounds one attempt to take the lock in ZooKeeper.
	ensemblePatience = 15 * time.Second
	// tries bounds how often a node that is there and gone again is tried to be made.
	tries = 5
)

// Ensemble is a cluster's ZooKeeper and the folder for the lock in it.
type Ensemble struct {
	zookeeper.Ensemble
	Folder string
	// Credentials reads -zk_digest_credentials, which are kept in memory only for as long as it takes to open a session; empty for none.
	Credentials func(ctx context.Context) (string, error)
}

// node is what the nodes hold.
type node struct {
	Format int `json:"format"`
	planner.Claim
	process
}

func parseNode(data []byte) (node, error) {
	var n node
	if err := json.Unmarshal(data, &n); err != nil {
		return n, fmt.Errorf("the lock's node in ZooKeeper can't be understood: %w", err)
	}
	if n.Format != nodeFormat {
		return n, fmt.Errorf("the lock's node in ZooKeeper has format %d, this restorectl knows %d: use the release that wrote it", n.Format, nodeFormat)
	}
	return n, nil
}

// Look reads who has the lock in ZooKeeper.
func (e *Ensemble) Look(ctx context.Context) (planner.Lock, error) {
	var l planner.Lock
	nodes, err := e.ReadNodes(ctx, e.Folder, runNode, holderNode)
	if err != nil {
		return l, err
	}
	for name, into := range map[string]**planner.Claim{runNode: &l.Run, holderNode: &l.Holder} {
		if data, there := nodes[name]; there {
			n, err := parseNode(data)
			if err != nil {
				return l, err
			}
			*into = &n.Claim
		}
	}
	return l, nil
}

// tenure is the part of a claim that is in ZooKeeper.
type tenure struct {
	ensemble *Ensemble
	claim    planner.Claim
	self     process

	mu      sync.Mutex
	session *zookeeper.Session
	// in is the number of the session that holds the node.
	in int64
}

// held says whether the node is this process's, as far as can be told without asking.
func (t *tenure) held() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.session != nil && t.in != 0 && t.session.ID() == t.in
}

// take makes the node, or finds it made. A *TakenError says who has it.
func (t *tenure) take(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ensemblePatience)
	defer cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session == nil {
		if err := t.connect(ctx); err != nil {
			return err
		}
	}
	data, err := json.Marshal(node{nodeFormat, t.claim, t.self})
	if err != nil {
		return err
	}
	for range tries {
		in := t.session.ID()
		if in == 0 {
			return errors.New("the session with ZooKeeper has no connection now")
		}
		err := t.session.Create(ctx, t.at(holderNode), data, true)
		if err == nil {
			t.in = in
			return nil
		}
		if !errors.Is(err, zookeeper.ErrExists) {
			return err
		}
		if done, err := t.met(ctx, in); done || err != nil {
			return err
		}
	}
	return errors.New("the lock's node in ZooKeeper comes and goes: another restorectl tries to take it as well; try again")
}

// met looks whose node it is that is there already; done says that it is this process's.
func (t *tenure) met(ctx context.Context, in int64) (done bool, err error) {
	there, found, err := t.session.Read(ctx, t.at(holderNode))
	switch {
	case err != nil || !found:
		return false, err
	case there.Owner == in:
		t.in = in
		return true, nil
	}
	other, err := parseNode(there.Data)
	if err != nil {
		return false, err
	}
	// A process that was killed leaves its node until its session ends.
	if other.dead(t.self) {
		return false, t.session.Delete(ctx, t.at(holderNode))
	}
	return false, &TakenError{Claim: other.Claim, Live: true, Where: "ZooKeeper"}
}

func (t *tenure) connect(ctx context.Context) error {
	credentials := ""
	if t.ensemble.Credentials != nil {
		var err error
		if credentials, err = t.ensemble.Credentials(ctx); err != nil {
			return err
		}
	}
	session, err := t.ensemble.Hold(ctx, credentials)
	if err != nil {
		return err
	}
	t.session = session
	return nil
}

// recorded reads which run is open; false says that none is.
func (t *tenure) recorded(ctx context.Context) (planner.Claim, bool, error) {
	there, found, err := t.session.Read(ctx, t.at(runNode))
	if err != nil || !found {
		return planner.Claim{}, false, err
	}
	n, err := parseNode(there.Data)
	return n.Claim, true, err
}

// record puts the run on record.
func (t *tenure) record(ctx context.Context) error {
	data, err := json.Marshal(node{nodeFormat, t.claim, t.self})
	if err != nil {
		return err
	}
	err = t.session.Create(ctx, t.at(runNode), data, false)
	if errors.Is(err, zookeeper.ErrExists) {
		return nil // It was looked at when the lock was taken.
	}
	return err
}

// forget ends the record that a run is open.
func (t *tenure) forget(ctx context.Context) error { return t.session.Delete(ctx, t.at(runNode)) }

// release gives the node up; finished also ends the record, and takes away the folders where nobody else has anything in them.
func (t *tenure) release(ctx context.Context, finished bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.session == nil {
		return nil
	}
	defer t.session.Close()
	if !finished {
		return nil // The node goes with the session.
	}
	if err := t.clear(ctx); err != nil {
		return fmt.Errorf("the run is finished, but its record in ZooKeeper was not removed, which the next run does: %w", err)
	}
	return nil
}

// clear removes the run's record, if it is this run's, and what is empty then.
func (t *tenure) clear(ctx context.Context) error {
	if t.session.ID() != t.in {
		return errors.New("the session was lost")
	}
	nodes := []string{t.at(holderNode), t.ensemble.Folder, path.Dir(t.ensemble.Folder)}
	if there, found, err := t.recorded(ctx); err != nil {
		return err
	} else if found && there.Run == t.claim.Run {
		nodes = append([]string{t.at(runNode)}, nodes...)
	}
	for _, name := range nodes {
		if err := t.session.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (t *tenure) at(name string) string { return path.Join(t.ensemble.Folder, name) }
