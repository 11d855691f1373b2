// Package auroraadmin is the sandbox's aurora_admin, the administration client of Apache Aurora. It has the real client's commands for
// a recovery, its exit codes, and its texts: what a scheduler answered goes to standard error in the client's log format, lists go to
// standard output.
//
// It is simplified in this: it speaks TJSON where later clients speak the binary protocol, and Kerberos is not there. The host that it
// runs on is simulated, which its environment describes:
//
//	SANDBOX_ROOT            goes before /etc
//	SANDBOX_ADDRESS         the host's address: what "localhost" in a scheduler_uri means, and where connections come from
//	SANDBOX_RPC_WAIT        how long a transient error is retried (10m, as the real client does)
//	SANDBOX_CONNECT_WAIT    how long a refused connection is retried (1m)
//	SANDBOX_RETRY_INTERVAL  the pause between two tries (5s)
package auroraadmin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// The exit codes of the client.
const (
	exitOK     = 0
	exitFailed = 1
)

// Main runs the client with the arguments that follow its name and the environment given as os.Environ gives it, and returns its exit
// code.
func Main(args, environ []string, stdout, stderr io.Writer) int {
	a := &admin{stdout: stdout, stderr: stderr, env: map[string]string{}}
	for _, e := range environ {
		if name, value, ok := strings.Cut(e, "="); ok {
			a.env[name] = value
		}
	}
	if err := a.run(context.Background(), args); err != nil {
		var said *answered
		if !errors.As(err, &said) {
			a.log("F", "%v", err)
		}
		return exitFailed
	}
	return exitOK
}

// admin is one run of the client.
type admin struct {
	stdout, stderr io.Writer
	env            map[string]string
	options        options
}

// options are what a command line says besides the command's arguments.
type options struct {
	bypass bool
	// kind and batch are those of reconcile_tasks.
	kind, batch string
}

func (a *admin) run(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] == "help" {
		_, err := io.WriteString(a.stdout, usage())
		if len(args) == 0 {
			err = errors.Join(err, errors.New("no command was given"))
		}
		return err
	}
	c, ok := commandNamed(args[0])
	if !ok {
		return fmt.Errorf("unknown command %s; see the help subcommand", args[0])
	}
	words, err := a.parse(args[1:])
	if err != nil {
		return err
	}
	if len(words) != len(c.arguments) {
		return fmt.Errorf("usage: %s %s\n\nsee the help subcommand for more details", c.name, strings.Join(c.arguments, " "))
	}
	p, err := a.proxy(words[0])
	if err != nil {
		return err
	}
	return c.run(ctx, p, words[1:])
}

// parse takes the options out of the arguments.
func (a *admin) parse(args []string) (words []string, err error) {
	a.options.kind = "explicit"
	for i := 0; i < len(args); i++ {
		name, value, written := strings.Cut(args[i], "=")
		var into *string
		switch name {
		case "--bypass-leader-redirect":
			a.options.bypass = true
			continue
		case "-v", "--verbose":
			continue
		case "-t", "--type":
			into = &a.options.kind
		case "-b", "--batch_size":
			into = &a.options.batch
		default:
			if strings.HasPrefix(name, "-") {
				return nil, fmt.Errorf("no such option: %s", name)
			}
			words = append(words, args[i])
			continue
		}
		if !written {
			if i++; i == len(args) {
				return nil, fmt.Errorf("%s option requires an argument", name)
			}
			value = args[i]
		}
		*into = value
	}
	return words, nil
}

// log writes a line as the client's logger does.
func (a *admin) log(level, format string, args ...any) {
	// A client whose standard error is closed has nobody to tell.
	_, _ = fmt.Fprintf(a.stderr, "%s%s %d aurora_admin] %s\n", level, time.Now().Format("0102 15:04:05.000"), os.Getpid(), fmt.Sprintf(format, args...))
}

// wait reads a duration from the environment.
func (a *admin) wait(name string, otherwise time.Duration) (time.Duration, error) {
	text, ok := a.env[name]
	if !ok {
		return otherwise, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}
