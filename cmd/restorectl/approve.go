package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/planner/planfile"
	"github.com/restorectl/restorectl/providers/approval"
	"github.com/restorectl/restorectl/providers/host"
)

func newApprove(stop <-chan struct{}) *cobra.Command {
	var key string
	var approved bool
	c := &cobra.Command{
		Use:   "approve [restore.plan]",
		Short: "Sign a plan with an SSH key",
		Long: `Show the plan, ask, and sign it with an SSH key: that of --key, or the first of those in ~/.ssh and ssh-agent that may approve it. The
signature lies beside the plan and goes with it; it holds for this plan, byte for byte. No host is reached. Without restorectl:

    ssh-keygen -Y sign -n restorectl-plan -f KEY restore.plan
    ssh-keygen -Y verify -n restorectl-plan -f allowed_signers -I NAME -s restore.plan.NAME.sig < restore.plan`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return approve(cmd, newOperator(cmd, stop, approved), orDefault(args, defaultPlan), key)
		},
	}
	c.Flags().StringVar(&key, "key", "", "sign with the key in `FILE`; where that is a public key, ssh-agent has the private one")
	c.Flags().BoolVar(&approved, "auto-approve", false, "ask nothing")
	return c
}

func approve(cmd *cobra.Command, o *operator, path, keyFile string) error {
	p, digest, err := planfile.Read(path)
	if err != nil {
		return err
	}
	doc, _, err := planfile.Encode(p)
	if err != nil {
		return err
	}
	if time.Now().After(p.Expires) {
		return fmt.Errorf("the plan expired at %s: make a new one with `restorectl plan`", p.Expires.Format(time.RFC3339))
	}
	keys, release, err := host.SigningKeys(cmd.Context(), keyFile, o.surroundings().Options)
	if err != nil {
		return err
	}
	defer release()
	rules, err := approvals{o.err}.rules(path, p)
	if err != nil {
		return err
	}
	// Where nobody has to approve, everybody may.
	who := o.session().By
	for _, r := range rules {
		signers, err := approval.ReadSigners(r.AllowedSigners)
		if err != nil {
			return err
		}
		if keys, who, err = signers.Choose(keys, time.Now()); err != nil {
			return fmt.Errorf("the plan was not signed, since the signature would not count: %w", err)
		}
	}
	if err := render.Plan(o.out, p, time.Now()); err != nil {
		return err
	}
	if err := o.ask(cmd.Context(), fmt.Sprintf("Approve the plan with sha256 %s as %s?", digest, render.Printable(who))); err != nil {
		return fmt.Errorf("%w: the plan was not signed", err)
	}
	file, err := approval.Sign(path, doc, keys[0], who)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.out, "Approved as %s with %s: %s\n", render.Printable(who), ssh.FingerprintSHA256(keys[0].PublicKey()), filepath.Clean(file))
	return err
}
