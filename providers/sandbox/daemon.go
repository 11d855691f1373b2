package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// daemonArgument is the hidden command that holds a sandbox: the sandbox's folder follows it, the options come on standard input.
const daemonArgument = "restorectl-sandbox-daemon"

// Launch makes a sandbox that outlives this process: a daemon holds it, until Down. Launch returns when the sandbox is in the state
// that the options ask for. Where it fails nothing is left running.
func Launch(ctx context.Context, o Options) (Info, error) {
	if err := o.complete(); err != nil {
		return Info{}, err
	}
	if _, err := o.readBackup(); err != nil {
		return Info{}, err
	}
	if err := o.emptyFolder(); err != nil {
		return Info{}, err
	}
	asked, err := json.Marshal(o)
	if err != nil {
		return Info{}, err
	}
	log, err := os.OpenFile(filepath.Join(o.Dir, logName), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644) //nolint:gosec // For all to read.
	if err != nil {
		return Info{}, fmt.Errorf("the sandbox's log: %w", err)
	}
	defer func() { _ = log.Close() }() // The daemon has its own.
	c := exec.Command(o.Binary, daemonArgument, o.Dir)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(asked), log, log // It reads its options, and then nothing.
	c.SysProcAttr, c.Dir = &syscall.SysProcAttr{Setsid: true}, "/"
	if err := c.Start(); err != nil {
		return Info{}, fmt.Errorf("the sandbox's daemon can't be started: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return o.launched(ctx, c.Process, ended)
}

// launched waits until the daemon says that the sandbox is up.
func (o *Options) launched(ctx context.Context, p *os.Process, ended <-chan error) (Info, error) {
	for {
		select {
		case err := <-ended:
			text, _ := os.ReadFile(filepath.Join(o.Dir, logName)) // It may be all that there is to tell.
			if said := strings.TrimSpace(string(text)); said != "" {
				return Info{}, errors.New(said)
			}
			return Info{}, fmt.Errorf("the sandbox's daemon ended: %w", err)
		case <-ctx.Done():
			_ = p.Signal(syscall.SIGTERM) // It may have ended.
			<-ended
			return Info{}, ctx.Err()
		case <-time.After(pollEvery):
		}
		i, err := Load(o.Dir)
		if err == nil || !errors.Is(err, ErrNone) {
			return i, err
		}
	}
}

// daemon holds a sandbox until it is told to end. It returns its exit code.
func daemon(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := hold(ctx, args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func hold(ctx context.Context, args []string) error {
	var o Options
	if len(args) != 1 {
		return fmt.Errorf("%s is not for people: use `restorectl sandbox up`", daemonArgument)
	}
	asked, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(asked, &o); err != nil {
		return fmt.Errorf("%s is not for people: use `restorectl sandbox up`: %w", daemonArgument, err)
	}
	lock, err := lockFolder(o.Dir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }() // Closing lets go of the lock.
	c, err := up(ctx, o, true)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return c.Close()
}

// lockFolder takes the lock of a sandbox's folder, which its daemon holds for as long as it lives.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: another daemon has the sandbox: %w", dir, err), f.Close())
	}
	return f, nil
}
