package zookeeper

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
)

// Replica is one log replica that has registered in the group of the replicated log.
type Replica struct {
	// Node is the node's name, Sequence the number that it is.
	Node     string
	Sequence int64
	// PID is the libprocess id under which the replica is reached, such as log-replica(1)@192.0.2.7:8083.
	PID string
}

var replicaNode = regexp.MustCompile(`^(-?\d{10,})$`)

// ReadReplicas reads the group -native_log_zk_group_path, lowest sequence number first. Aurora does not put its chroot before
// that path, so neither is done here. A group that does not exist has no replicas. Errors are as those of ReadElection.
func (e Ensemble) ReadReplicas(ctx context.Context, groupPath string) ([]Replica, error) {
	records, err := e.readFolder(ctx, groupPath, replicaNode.MatchString)
	if err != nil {
		return nil, fmt.Errorf("read the log's replicas: %w", err)
	}
	var replicas []Replica
	for _, r := range records {
		sequence, ok := sequenceOf(replicaNode, r.name)
		if !ok {
			continue
		}
		replicas = append(replicas, Replica{Node: r.name, Sequence: sequence, PID: r.data})
	}
	slices.SortFunc(replicas, func(a, b Replica) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return replicas, nil
}
