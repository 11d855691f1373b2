package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/sandbox/hostsim"
	"github.com/restorectl/restorectl/providers/sandbox/master"
)

// pollEvery is how often it is looked whether the cluster is up.
const pollEvery = 50 * time.Millisecond

// await waits until the cluster is as the options want it, and the Mesos master can be found.
func (c *Cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.Patience)
	defer cancel()
	if _, err := master.Detect(ctx, c.network.mesos()); err != nil {
		return err
	}
	for {
		why := c.failing()
		if sound := c.options.Schedulers - c.options.Damage; why == nil && sound > c.options.Schedulers/2 {
			why = c.active(ctx)
		}
		if why == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; %w%s", ctx.Err(), why, c.lastWords())
		case <-time.After(pollEvery):
		}
	}
}

// active says why the schedulers with a sound log are not active under one leader.
func (c *Cluster) active(ctx context.Context) error {
	leaders := 0
	for _, h := range c.info.Hosts[c.options.Damage:] {
		s := h.scheduler(ctx)
		switch {
		case s.Problem != "":
			return fmt.Errorf("%s: %s", h.Name, s.Problem)
		case s.Lifecycle == "ACTIVE" && s.Registered:
			leaders++
		case s.Lifecycle != "STORAGE_PREPARED":
			return fmt.Errorf("%s is in %s", h.Name, s.Lifecycle)
		}
	}
	if leaders != 1 {
		return fmt.Errorf("%d schedulers lead", leaders)
	}
	return nil
}

// failing says why not all schedulers with a damaged log have failed already.
func (c *Cluster) failing() error {
	for i, h := range c.hosts[:c.options.Damage] {
		s, err := h.Service(Unit)
		if err != nil {
			return err
		}
		if s.Restarts == 0 && s.Active != "activating" {
			return fmt.Errorf("%s still runs on its damaged log", c.layouts[i].Name)
		}
	}
	return nil
}

// lastWords are the ends of what the schedulers logged, for whoever has to find out why a cluster did not come up.
func (c *Cluster) lastWords() string {
	var b strings.Builder
	for i, l := range c.layouts {
		state := "its state is unknown"
		if s, err := c.hosts[i].Service(Unit); err == nil {
			state = describe(s)
		}
		fmt.Fprintf(&b, "\n%s: %s", l.Name, state)
		text, err := os.ReadFile(filepath.Join(l.Root, stderrPath))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		for _, line := range lines[max(0, len(lines)-5):] {
			fmt.Fprintf(&b, "\n  %s", line)
		}
	}
	return b.String()
}

// describe is a service's state in a few words.
func describe(s hostsim.ServiceState) string {
	text := s.Active + " (" + s.Sub + ")"
	if s.Restarts > 0 {
		text += fmt.Sprintf(", restarted %d times", s.Restarts)
	}
	if s.Result != "success" && s.Result != "" {
		text += fmt.Sprintf(", last result %s, status %d", s.Result, s.Status)
	}
	return text
}
