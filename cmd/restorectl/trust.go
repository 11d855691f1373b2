package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/providers/host"
)

func newTrust(stop <-chan struct{}) *cobra.Command {
	var given values
	var fingerprints []string
	c := &cobra.Command{
		Use:   "trust [restore.hcl]",
		Short: "Show the host keys of hosts that are not known yet, ask, and add them to known_hosts",
		Long: `Look at the host keys of the configuration's hosts, and of the jump hosts on the way. Those that known_hosts has no key for are shown
with their fingerprints, and added to the known_hosts file of the connection after a yes. Compare each fingerprint with what the host itself
says (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub at its console): an answer on the network proves nothing. There is no way to add keys
unseen; --fingerprint adds those that you have from the hosts already. A key that has changed or was revoked is never replaced.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := given.load(cmd, orDefault(args, defaultConfig))
			if err != nil {
				return err
			}
			o := newOperator(cmd, stop, false)
			ctx, cancel := o.untilStop(cmd.Context())
			defer cancel()
			machines := host.NewPool(r.Cluster, o.surroundings().Options)
			return errors.Join(trust(ctx, o, machines, fingerprints), machines.Close())
		},
	}
	given.register(c.Flags())
	c.Flags().StringArrayVar(&fingerprints, "fingerprint", nil, "add the key with this `SHA256:…` without asking, and no other; may be repeated")
	return c
}

// trust makes strangers known until there are none: behind a jump host there may be more.
func trust(ctx context.Context, o *operator, machines *host.Machines, fingerprints []string) error {
	added := 0
	for {
		strangers, problems := machines.Strangers(ctx)
		for _, name := range slices.Sorted(maps.Keys(problems)) {
			if _, err := fmt.Fprintf(o.out, "  %s: %s\n", name, render.Printable(problems[name].Error())); err != nil {
				return err
			}
		}
		switch {
		case len(strangers) == 0 && len(problems) > 0:
			return fmt.Errorf("the keys of %d hosts could not be checked; %d keys were added", len(problems), added)
		case len(strangers) == 0:
			_, err := fmt.Fprintf(o.out, "All hosts are known; %d keys were added.\n", added)
			return err
		}
		if err := review(ctx, o, strangers, fingerprints); err != nil {
			return fmt.Errorf("%w: %d keys were added", err, added)
		}
		if err := host.Trust(strangers); err != nil {
			return err
		}
		added += len(strangers)
	}
}

// review shows the keys and asks, or compares them with the fingerprints that were given.
func review(ctx context.Context, o *operator, strangers []host.Stranger, fingerprints []string) error {
	for _, s := range strangers {
		if _, err := fmt.Fprintf(o.out, "  %s (%s) shows %s %s, which is to be added to %s\n",
			render.Printable(s.Host), render.Printable(s.Address), s.Type, s.Fingerprint, s.File); err != nil {
			return err
		}
	}
	if len(fingerprints) == 0 {
		return o.ask(ctx, "Do the hosts themselves say the same fingerprints?")
	}
	for _, s := range strangers {
		if !slices.Contains(fingerprints, s.Fingerprint) {
			return fmt.Errorf("the fingerprint of %s is none of those that were given", s.Host)
		}
	}
	return nil
}
