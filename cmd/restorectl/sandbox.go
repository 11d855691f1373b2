package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/providers/sandbox"
)

func newSandbox() *cobra.Command {
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Simulate a cluster on this machine, to rehearse on",
		Long: `A simulated Aurora cluster on loopback addresses: schedulers with their hosts, SSH servers, replicated logs, a ZooKeeper and a Mesos
master with running tasks. It needs no root and no packages.`,
	}
	c.AddCommand(newSandboxUp(), newSandboxStatus(), newSandboxTasks(), newSandboxHost(), newSandboxDown())
	return c
}

func newSandboxUp() *cobra.Command {
	var o sandbox.Options
	var damage string
	var corrupt bool
	c := &cobra.Command{
		Use:   "up DIR",
		Short: "Bring up a cluster; it runs until `sandbox down`",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if runtime.GOOS != "linux" {
				return errors.New("the sandbox needs Linux: its hosts' processes end with it only there; nothing was started")
			}
			o.Dir = args[0]
			if corrupt {
				damage = "all"
			}
			count, known := map[string]int{"none": 0, "one": 1, "two": 2, "all": o.Schedulers}[damage]
			if !known {
				return fmt.Errorf("--damage is %q; it can be none, one, two or all", damage)
			}
			o.Damage = count
			info, err := sandbox.Launch(cmd.Context(), o)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Cluster %s is up with %d schedulers.\n\n  restorectl plan %s\n  restorectl sandbox status %s\n  restorectl sandbox down %s\n",
				info.Cluster, len(info.Hosts), filepath.Join(args[0], "restore.hcl"), args[0], args[0])
			return err
		},
	}
	flags := c.Flags()
	flags.IntVar(&o.Schedulers, "schedulers", 3, "how many scheduler hosts")
	flags.StringVar(&o.ClusterName, "cluster", "west", "the cluster's name")
	flags.StringVar(&o.Backup, "backup", "", "backup `FILE` that the cluster holds in its logs and in every backup_dir; its tasks run")
	flags.IntVar(&o.NewerTasks, "newer-tasks", 0, "how many tasks run that were started after the backup was taken")
	flags.StringVar(&damage, "damage", "none", "on how many hosts the replicated log is damaged: none, one, two or all")
	flags.BoolVar(&corrupt, "corrupt-log", false, "damage the replicated log on every host, as --damage all")
	flags.StringSliceVar(&o.NoSudo, "no-sudo", nil, "`HOST` on which sudo asks for a password; may be repeated")
	flags.StringVar(&o.Binary, "binary", "", "`PROGRAM` that stands for the hosts' commands, in place of this one")
	flags.Lookup("binary").Hidden = true // For tests: restorectl itself is all that a sandbox needs.
	flags.BoolVar(&o.BasicAuth, "basic-auth", false, "let the schedulers ask for a user and a password")
	return c
}

func newSandboxStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status DIR",
		Short: "Say what the simulated cluster does now",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := sandbox.Status(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return render.Sandbox(cmd.OutOrStdout(), &s)
		},
	}
}

func newSandboxTasks() *cobra.Command {
	return &cobra.Command{
		Use:   "tasks DIR",
		Short: "List the tasks that the simulated Mesos master knows",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			tasks, err := sandbox.Tasks(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			slices.SortFunc(tasks, func(a, b sandbox.Task) int { return cmp.Compare(a.ID, b.ID) })
			for _, t := range tasks {
				why := ""
				if t.Why != "" {
					why = fmt.Sprintf(" (%s)", t.Why)
				}
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\t%s%s\n", t.State, t.ID, why); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func newSandboxHost() *cobra.Command {
	c := &cobra.Command{Use: "host", Short: "Take a host's power away, or give it back"}
	for do, short := range map[sandbox.Power]string{
		sandbox.PowerOff: "Take a host's power away", sandbox.PowerOn: "Give a host its power back: it boots, and its scheduler starts", sandbox.PowerCycle: "Do both",
	} {
		c.AddCommand(&cobra.Command{
			Use:   string(do) + " DIR HOST",
			Short: short,
			Args:  cobra.ExactArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				if err := sandbox.Switch(cmd.Context(), args[0], args[1], do); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", args[1], do)
				return err
			},
		})
	}
	return c
}

func newSandboxDown() *cobra.Command {
	var remove bool
	c := &cobra.Command{
		Use:   "down DIR",
		Short: "End the simulated cluster and everything of it that runs",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := sandbox.Down(cmd.Context(), args[0], remove); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "The sandbox in %s is down.\n", args[0])
			return err
		},
	}
	c.Flags().BoolVar(&remove, "remove", false, "remove the folder as well")
	return c
}
