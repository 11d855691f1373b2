package clusters

import (
	"context"
	"errors"
	"io/fs"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// The keys of a cluster that the procedure changes (Aurora's client, common/clusters.py).
const (
	keyZK           = "zk"
	keySchedulerURI = "scheduler_uri"
	keyAuth         = "auth_mechanism"
)

// Observe reads the clusters.json files at the paths, which may begin with ~/. A file that is not there, or makes no sense, says so
// itself; an error means that the host could not be asked.
func Observe(ctx context.Context, h host.Host, paths []string) ([]planner.ClustersFile, error) {
	var files []planner.ClustersFile
	for _, p := range paths {
		f, err := observe(ctx, h, p)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func observe(ctx context.Context, h host.Host, path string) (planner.ClustersFile, error) {
	path, err := host.Expand(ctx, h, path)
	if err != nil {
		return planner.ClustersFile{}, err
	}
	f := planner.ClustersFile{Path: path}
	content, _, err := host.ReadFile(ctx, h, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case errors.Is(err, host.ErrUnreachable):
		return f, err
	case err != nil:
		f.Exists, f.Problem = true, err.Error()
		return f, nil //nolint:nilerr // The file says it itself.
	}
	f.Exists, f.Digest = true, host.DigestOf(content)
	entries, err := parse(content)
	if err != nil {
		f.Problem = err.Error()
		return f, nil //nolint:nilerr // The file says it itself.
	}
	for i := range entries {
		e := &entries[i]
		f.Names = append(f.Names, e.name)
		f.Entries = append(f.Entries, planner.ClusterEntry{
			Name: e.name, ZK: e.text(keyZK), SchedulerURI: e.text(keySchedulerURI), AuthMechanism: e.text(keyAuth),
		})
	}
	return f, nil
}
