package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/config"
)

const (
	// sessionLimit is how many commands run at once on a host; sshd allows 10 sessions of a connection (MaxSessions).
	sessionLimit = 8
	// A connection on which a machine is silent for so long, though asked, is given up.
	keepaliveEvery = 15 * time.Second
	keepaliveWait  = 30 * time.Second
	// A session that sshd refuses is asked for again, since one that just ended may still count.
	refusalWait  = 200 * time.Millisecond
	refusalTries = 25
)

// SSH is a machine that is reached over SSH: one TCP connection, a channel for each command.
type SSH struct {
	name      string
	dialer    dialer
	privilege privilege
	slots     chan struct{}

	mu     sync.Mutex
	link   *link
	closed bool
}

// ConnectSSH connects to a scheduler's machine. Name is the scheduler's, address its host or host:port, an alias of the SSH
// configuration allowed. The host key is always verified: an unknown or changed one is a *HostKeyError. Keys that are not
// accepted are a *LoginError, and a machine that can't be reached ErrUnreachable.
func ConnectSSH(ctx context.Context, name, address string, c config.Connection, opts Options) (*SSH, error) {
	return connectSSH(ctx, name, address, c, newKeyring(opts))
}

func connectSSH(ctx context.Context, name, address string, c config.Connection, keys *keyring) (*SSH, error) {
	s := &SSH{name: name, dialer: dialer{name: name, address: address, conn: c, keys: keys}, slots: make(chan struct{}, sessionLimit)}
	s.privilege = privilege{host: name, become: c.Become, exec: s.exec, passwords: keys.passwords(c)}
	if _, err := s.client(ctx); err != nil {
		return nil, err
	}
	if err := s.tryShell(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Name is the scheduler's name.
func (s *SSH) Name() string { return s.name }

// Run runs a command and waits for it.
func (s *SSH) Run(ctx context.Context, c Command) (Result, error) { return s.privilege.run(ctx, c) }

// Close closes the connection.
func (s *SSH) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.link == nil {
		return nil
	}
	l := s.link
	s.link = nil
	if err := l.close(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("closing the connection to %s: %w", s.name, err)
	}
	return nil
}

// client is the connection, made anew where there is none.
func (s *SSH) client(ctx context.Context) (*ssh.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, fmt.Errorf("%w: the connection to %s was closed", ErrUnreachable, s.name)
	case s.link != nil:
		return s.link.client, nil
	}
	l, err := s.dialer.dial(ctx)
	if err != nil {
		return nil, ofOperator(err)
	}
	s.link = l
	go keepAlive(l.client)
	return l.client, nil
}

// drop forgets a connection that was found dead.
func (s *SSH) drop(dead *ssh.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil && s.link.client == dead {
		_ = s.link.close() // It is dead already.
		s.link = nil
	}
}

// keepAlive closes a connection on which nobody answers any more, so that what waits for an answer ends.
func keepAlive(c *ssh.Client) {
	gone := make(chan struct{})
	go func() {
		_ = c.Wait() // Why it ended is told to those who use it.
		close(gone)
	}()
	ticker := time.NewTicker(keepaliveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-gone:
			return
		case <-ticker.C:
		}
		silent := time.AfterFunc(keepaliveWait, func() { _ = c.Close() })
		_, _, err := c.SendRequest("keepalive@openssh.com", true, nil)
		silent.Stop()
		if err != nil {
			_ = c.Close() // It is dead already.
		}
	}
}

// exec runs a program as the login user.
func (s *SSH) exec(ctx context.Context, args []string, c Command) (Result, error) {
	line, err := quote(args)
	if err != nil {
		return Result{}, err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	session, err := s.session(ctx)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = session.Close() }() // It has ended, or is being given up.
	ctx, abort := context.WithCancel(ctx)
	defer abort()
	out, errs, in := &sink{to: c.Stdout, abort: abort}, &tail{}, &source{from: c.Stdin}
	session.Stdin, session.Stdout, session.Stderr = in, out, errs
	ended := make(chan error, 1)
	go func() {
		err := session.Start(line)
		if err == nil {
			err = session.Wait()
		}
		ended <- err
	}()
	select {
	case err = <-ended:
	case <-ctx.Done():
		// sshd only answers when the command has ended, which may be never: nobody waits for that.
		_ = session.Signal(ssh.SIGTERM) // Many servers don't do it.
		in.close()
		if failed := out.close(); failed != nil {
			return Result{}, fmt.Errorf("output of %s on %s: %w", shown(args), s.name, failed)
		}
		return Result{}, cutOff(s.name, args, ctx.Err())
	}
	res := Result{Stdout: out.kept, Stderr: errs.kept}
	exit := (*ssh.ExitError)(nil)
	switch {
	case out.err != nil:
		return Result{}, fmt.Errorf("output of %s on %s: %w", shown(args), s.name, out.err)
	case errors.As(err, &exit):
		code := exit.ExitStatus()
		if exit.Signal() != "" {
			code = -1
		}
		return res, &ExitError{Host: s.name, Args: args, Code: code, Signal: exit.Signal(), Stderr: errs.kept}
	case err != nil:
		return res, lost(s.name, args, err)
	}
	return res, nil
}

// session opens a session. Nothing was sent before it is open, so a connection that is found dead is made anew, once.
func (s *SSH) session(ctx context.Context) (*ssh.Session, error) {
	again := true
	for refused := 0; ; {
		client, err := s.client(ctx)
		if err != nil {
			return nil, err
		}
		session, err := open(ctx, client)
		var busy *ssh.OpenChannelError
		switch {
		case err == nil:
			return session, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &busy):
			if refused++; refused == refusalTries {
				return nil, fmt.Errorf("%s opens no further session (%w); raise MaxSessions in its sshd_config", s.name, err)
			}
			select {
			case <-time.After(refusalWait):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		case again:
			again = false
			s.drop(client)
		default:
			return nil, fmt.Errorf("%w: %s: no session can be opened: %w", ErrUnreachable, s.name, err)
		}
	}
}

// open opens a session, or gives up with the context.
func open(ctx context.Context, client *ssh.Client) (*ssh.Session, error) {
	type opened struct {
		session *ssh.Session
		err     error
	}
	answer := make(chan opened, 1)
	go func() {
		session, err := client.NewSession()
		answer <- opened{session, err}
	}()
	select {
	case o := <-answer:
		return o.session, o.err
	case <-ctx.Done():
		go func() {
			if o := <-answer; o.err == nil {
				_ = o.session.Close() // Nobody waits for it any more.
			}
		}()
		return nil, ctx.Err()
	}
}

// Dial opens a connection from the machine to address. Where nothing listens there the error is syscall.ECONNREFUSED.
func (s *SSH) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !slices.Contains([]string{"tcp", "tcp4", "tcp6"}, network) {
		return nil, fmt.Errorf("no connection over %s through %s", network, s.name)
	}
	for again := true; ; again = false {
		client, err := s.client(ctx)
		if err != nil {
			return nil, err
		}
		conn, err := client.DialContext(ctx, network, address)
		var refused *ssh.OpenChannelError
		switch {
		case err == nil:
			return withDeadlines(conn), nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &refused):
			return nil, notOpened(s.name, address, refused)
		case !again:
			return nil, fmt.Errorf("%w: %s: no connection to %s can be opened through it: %w", ErrUnreachable, s.name, address, err)
		}
		s.drop(client)
	}
}

// notOpened says why the machine opened no connection for us.
func notOpened(name, address string, e *ssh.OpenChannelError) error {
	switch e.Reason {
	case ssh.Prohibited:
		return fmt.Errorf("%s forbids connections through SSH (%w); set AllowTcpForwarding yes in its sshd_config for this user", name, e)
	case ssh.UnknownChannelType, ssh.ResourceShortage:
		return fmt.Errorf("%s opens no connection through SSH to %s: %w", name, address, e)
	case ssh.ConnectionFailed:
	}
	for _, other := range []string{"timed out", "unreachable", "No route", "resolve", "not known"} {
		if strings.Contains(e.Message, other) {
			return fmt.Errorf("%s can't connect to %s: %w", name, address, e)
		}
	}
	return fmt.Errorf("%s can't connect to %s: %w (%w)", name, address, syscall.ECONNREFUSED, e)
}

// withDeadlines gives a forwarded connection the deadlines that SSH channels lack.
func withDeadlines(channel net.Conn) net.Conn {
	near, far := net.Pipe()
	go func() {
		_, _ = io.Copy(far, channel) // Either side may end it at any time.
		_ = far.Close()
	}()
	go func() {
		_, _ = io.Copy(channel, far)
		_ = channel.Close()
	}()
	return near
}
