package auroraadmin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// cluster is an entry of a clusters.json, as far as the client needs it.
type cluster struct {
	Name            string `json:"name"`
	ZK              string `json:"zk"`
	ZKPort          int    `json:"zk_port"`
	SchedulerZKPath string `json:"scheduler_zk_path"`
	SchedulerURI    string `json:"scheduler_uri"`
	AuthMechanism   string `json:"auth_mechanism"`
}

// cluster finds a cluster by its name.
func (a *admin) cluster(name string) (cluster, error) {
	folder := a.env["AURORA_CONFIG_ROOT"]
	if folder == "" {
		folder = filepath.Join(a.env["SANDBOX_ROOT"], "/etc/aurora")
	}
	known := map[string]cluster{}
	for _, folder := range []string{folder, filepath.Join(a.env["HOME"], ".aurora")} {
		if err := read(filepath.Join(folder, "clusters.json"), known); err != nil {
			return cluster{}, err
		}
	}
	c, ok := known[name]
	if !ok {
		return cluster{}, fmt.Errorf("Unknown cluster: %s. Known clusters: %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return c, nil
}

// read adds the clusters of a file to those known; later ones replace earlier ones of their name. A file that is not there has none.
func read(file string, known map[string]cluster) error {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := layout(text)
	if err != nil {
		return fmt.Errorf("Unable to parse %s: %w", file, err)
	}
	for _, e := range entries {
		c := cluster{ZKPort: 2181, AuthMechanism: "UNAUTHENTICATED"}
		if err := json.Unmarshal(e, &c); err != nil {
			return fmt.Errorf("Unable to parse %s: %w", file, err)
		}
		if c.Name != "" {
			known[c.Name] = c
		}
	}
	return nil
}

// layout gives the entries of a list, or of a map, which has them in no order of its own.
func layout(text []byte) ([]json.RawMessage, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err == nil {
		return list, nil
	}
	var byKey map[string]json.RawMessage
	if err := json.Unmarshal(text, &byKey); err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		list = append(list, byKey[key])
	}
	return list, nil
}
