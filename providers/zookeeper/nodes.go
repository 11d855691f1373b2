package zookeeper

import (
	"context"
	"fmt"
	"slices"
)

// ReadNodes reads those children of a folder that have one of the names; a folder that does not exist has none. Errors are as those of
// ReadElection.
func (e Ensemble) ReadNodes(ctx context.Context, folder string, names ...string) (map[string][]byte, error) {
	records, err := e.readFolder(ctx, folder, func(name string) bool { return slices.Contains(names, name) })
	if err != nil {
		return nil, fmt.Errorf("read the lock: %w", err)
	}
	found := map[string][]byte{}
	for _, r := range records {
		found[r.name] = []byte(r.data)
	}
	return found, nil
}
