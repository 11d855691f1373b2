package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/cmd/session"
	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers"
	"github.com/restorectl/restorectl/providers/host"
)

// operator is the person at the terminal of one command.
type operator struct {
	in       io.Reader
	out, err io.Writer
	progress *render.Progress
	// stop is closed by the first interrupt.
	stop <-chan struct{}
	// approved answers all questions with yes.
	approved bool
}

func newOperator(cmd *cobra.Command, stop <-chan struct{}, approved bool) *operator {
	return &operator{
		in: cmd.InOrStdin(), out: cmd.OutOrStdout(), err: cmd.ErrOrStderr(),
		progress: render.NewProgress(cmd.OutOrStdout()), stop: stop, approved: approved,
	}
}

// untilStop gives a context that ends with the first interrupt: for what only reads.
func (o *operator) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	return session.UntilStop(ctx, o.stop)
}

// session is the operator's session.
func (o *operator) session() *session.Session {
	by, from := identity()
	return &session.Session{
		Out: o.out, Progress: o.progress, Ask: o.ask, Stop: o.stop, Now: time.Now, By: by, From: from, Tool: version(),
		Approvals: approvals{o.err},
	}
}

// surroundings are what a cluster takes from the operator's side.
func (o *operator) surroundings() providers.Options {
	by, from := identity()
	return providers.Options{
		Options:  host.Options{AgentSocket: os.Getenv("SSH_AUTH_SOCK"), Passphrase: o.passphrase, BecomePassword: o.becomePassword},
		By:       by,
		From:     from,
		Progress: o.progress.Note,
	}
}

// connect gives the cluster of a configuration, follow that of a plan.
func (o *operator) connect(r *config.Restore) *providers.Cluster {
	return providers.Connect(r, o.surroundings())
}

// follow gives the cluster of a plan of a run; a run that was adopted is reached from where that was done.
func (o *operator) follow(p *planner.Plan, around *planner.Surroundings) *providers.Cluster {
	adopted := *p
	adopted.Restore = around.In(p.Restore)
	return providers.Follow(&adopted, o.surroundings())
}

// identity names who runs the program, and where.
func identity() (by, from string) {
	by, from = "unknown", "unknown"
	if u, err := user.Current(); err == nil {
		by = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		from = h
	}
	return by, from
}

// errNobody says that a question found an input that had ended. It declines.
var errNobody = fmt.Errorf("nobody is there to answer (%w)", session.ErrDeclined)

// ask asks a question that only "yes" answers with yes. An interrupt while it waits declines.
func (o *operator) ask(ctx context.Context, question string) error {
	if o.approved {
		return nil
	}
	if _, err := fmt.Fprintf(o.out, "\n%s Only \"yes\" goes on: ", question); err != nil {
		return err
	}
	answer, nobody := make(chan string, 1), make(chan struct{})
	go func() {
		line, ended := readLine(o.in)
		if ended && line == "" {
			close(nobody)
			return
		}
		answer <- line
	}()
	select {
	case <-o.stop:
		return session.ErrDeclined
	case <-ctx.Done():
		return session.ErrDeclined
	case <-nobody:
		return errNobody
	case a := <-answer:
		if a != "yes" {
			return session.ErrDeclined
		}
		return nil
	}
}

// readLine reads a line byte by byte, since what follows it belongs to the next question, and says whether the input ended there.
func readLine(in io.Reader) (line string, ended bool) {
	var text strings.Builder
	for b := []byte{0}; ; text.Write(b) {
		n, err := in.Read(b)
		ended = n == 0 || err != nil
		if ended || b[0] == '\n' {
			return strings.TrimSpace(text.String()), ended
		}
	}
}

// passphrase asks for the passphrase of an encrypted key.
func (o *operator) passphrase(_ context.Context, key string) ([]byte, error) {
	return o.secret("Passphrase of "+render.Printable(key), "it is encrypted and there is no terminal to ask for its passphrase: load it into ssh-agent")
}

// becomePassword asks for the password that sudo wants on the hosts.
func (o *operator) becomePassword(context.Context) ([]byte, error) {
	return o.secret("Password for sudo on the hosts", "there is no terminal to ask for the password for sudo: name a become_password_file")
}

// secret asks for what must not be seen, where there is a terminal to ask at.
func (o *operator) secret(prompt, otherwise string) ([]byte, error) {
	f, ok := o.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, errors.New(otherwise)
	}
	if _, err := fmt.Fprint(o.err, prompt, ": "); err != nil {
		return nil, err
	}
	word, err := term.ReadPassword(int(f.Fd()))
	_, _ = fmt.Fprintln(o.err) // The line that was not echoed.
	return word, err
}
