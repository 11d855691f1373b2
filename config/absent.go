package config

import (
	"fmt"
	"slices"
)

// Leave marks schedulers as absent. Marked twice they are marked once. It is an error where one is not a scheduler of the cluster.
func (c *Cluster) Leave(names ...string) error {
	for _, name := range names {
		if !slices.ContainsFunc(c.Schedulers, func(s Scheduler) bool { return s.Name == name }) {
			return fmt.Errorf("%q can't be left out: it is not one of cluster.schedulers", name)
		}
		if !slices.Contains(c.Absent, name) {
			c.Absent = append(slices.Clip(c.Absent), name)
		}
	}
	return nil
}

// Return takes back that a scheduler is absent.
func (c *Cluster) Return(name string) {
	c.Absent = slices.DeleteFunc(slices.Clone(c.Absent), func(n string) bool { return n == name })
}

// Present are the schedulers that are not absent, in their order.
func (c *Cluster) Present() []Scheduler {
	return slices.DeleteFunc(slices.Clone(c.Schedulers), func(s Scheduler) bool { return slices.Contains(c.Absent, s.Name) })
}
