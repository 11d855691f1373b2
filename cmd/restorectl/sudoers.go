package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/planner/planfile"
	"github.com/restorectl/restorectl/providers"
	"github.com/restorectl/restorectl/providers/sudoers"
)

func newSudoers() *cobra.Command {
	var given values
	var login, home string
	c := &cobra.Command{
		Use:   "sudoers [restore.hcl | restore.plan]",
		Short: "Print a sudoers file for the user of the connections",
		Long: `Print a file for /etc/sudoers.d on the hosts that lets the user of the connections do with root's rights what restorectl does there, on the
files and folders of the configuration or plan. It needs sudo 1.9.10 or later. Look at it with visudo -c -f FILE before it is put in place.
What it grants, and what somebody could make of it, is told in docs/security.md.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := orDefault(args, defaultConfig)
			places, err := placesOf(cmd, &given, path, login, home)
			if err != nil {
				return err
			}
			return places.Write(cmd.OutOrStdout())
		},
	}
	given.register(c.Flags())
	c.Flags().StringVar(&login, "user", "", "the `USER` of the connections, where the configuration does not name one")
	c.Flags().StringVar(&home, "home", "", "that user's home folder on the hosts, a `DIR` for paths that begin with ~/")
	return c
}

func placesOf(cmd *cobra.Command, given *values, path, login, home string) (*sudoers.Places, error) {
	if filepath.Ext(path) == ".hcl" {
		r, err := given.load(cmd, path)
		if err != nil {
			return nil, err
		}
		if login, err = loginUser(login, r.Cluster.Connection.User); err != nil {
			return nil, err
		}
		places, err := sudoers.FromConfig(r, login, home)
		if err != nil {
			return nil, err
		}
		return places, providers.GrantCommands(places, r, home)
	}
	p, _, err := planfile.Read(path)
	if err != nil {
		return nil, err
	}
	if login, err = loginUser(login, p.Restore.Cluster.Connection.User); err != nil {
		return nil, err
	}
	places, err := sudoers.FromPlan(p, login, home)
	if err != nil {
		return nil, err
	}
	return places, providers.GrantCommands(places, &p.Restore, home)
}

func loginUser(given, configured string) (string, error) {
	switch {
	case given != "":
		return given, nil
	case configured != "":
		return configured, nil
	}
	return "", errors.New("name the user of the connections with --user: the configuration does not")
}
