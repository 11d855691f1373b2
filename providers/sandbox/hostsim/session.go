package hostsim

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// session runs what a client asks for: a command, a shell, or SFTP.
func (s *server) session(nc ssh.NewChannel, conn ssh.ConnMetadata) {
	ch, requests, err := nc.Accept()
	if err != nil {
		return
	}
	defer func() { _ = ch.Close() }() // The client may have closed it.
	env := append(slices.Clone(s.env), "SSH_CONNECTION="+addresses(conn))
	for r := range requests {
		var payload struct{ Text string }
		switch r.Type {
		case "env":
			var v struct{ Name, Value string }
			// As sshd_config has it on Debian: AcceptEnv LANG LC_*
			ok := ssh.Unmarshal(r.Payload, &v) == nil && (v.Name == "LANG" || strings.HasPrefix(v.Name, "LC_"))
			if ok {
				env = append(env, v.Name+"="+v.Value)
			}
			_ = r.Reply(ok, nil)
		case "exec":
			if ssh.Unmarshal(r.Payload, &payload) != nil {
				_ = r.Reply(false, nil)
				continue
			}
			_ = r.Reply(true, nil)
			s.command(ch, requests, env, exec.Command(shell(), "-c", payload.Text))
			return
		case "shell":
			_ = r.Reply(true, nil)
			s.command(ch, requests, env, exec.Command(shell()))
			return
		case "subsystem":
			ok := ssh.Unmarshal(r.Payload, &payload) == nil && payload.Text == "sftp"
			_ = r.Reply(ok, nil)
			if ok {
				s.wait.Go(func() { ssh.DiscardRequests(requests) })
				s.sftp(ch)
				return
			}
		default:
			_ = r.Reply(false, nil) // A terminal, above all.
		}
	}
}

// addresses are those of a connection as in SSH_CONNECTION.
func addresses(conn ssh.ConnMetadata) string {
	client, clientPort, _ := net.SplitHostPort(conn.RemoteAddr().String())
	own, ownPort, _ := net.SplitHostPort(conn.LocalAddr().String())
	return fmt.Sprintf("%s %s %s %s", client, clientPort, own, ownPort)
}

// command runs a command to its end. It lives on when its client goes, with its input at the end and its output closed.
func (s *server) command(ch ssh.Channel, requests <-chan *ssh.Request, env []string, c *exec.Cmd) {
	c.Env, c.Dir = env, s.opts.Root
	var out, errs output
	stdin, err := c.StdinPipe()
	if err == nil {
		c.Stdout, err = out.open()
	}
	if err == nil {
		c.Stderr, err = errs.open()
	}
	if err == nil {
		err = s.begin(c)
	}
	out.started()
	errs.started()
	if err != nil {
		out.close()
		errs.close()
		_, _ = fmt.Fprintf(ch.Stderr(), "%s: %v\n", c.Path, err) // The client may have gone.
		exit(ch, 127)
		return
	}
	group := c.Process.Pid
	s.wait.Go(func() {
		for r := range requests {
			var payload struct{ Name string }
			if r.Type == "signal" && ssh.Unmarshal(r.Payload, &payload) == nil {
				if sig := signalNamed(payload.Name); sig != 0 {
					s.signal(group, sig)
				}
			}
			_ = r.Reply(false, nil)
		}
	})
	s.wait.Go(func() {
		_, _ = io.Copy(stdin, ch) // The command need not read it all.
		_ = stdin.Close()
	})
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		var wait sync.WaitGroup
		wait.Go(func() { out.copy(ch) })
		wait.Go(func() { errs.copy(ch.Stderr()) })
		wait.Wait()
	}()
	_ = c.Wait() // Its state tells.
	select {
	case <-copied: // By all that it left in the background, too.
	case <-s.down:
		out.close()
		errs.close()
		<-copied
	}
	s.mu.Lock()
	delete(s.commands, group)
	s.mu.Unlock()
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		exitSignal(ch, status.Signal())
		return
	}
	exit(ch, c.ProcessState.ExitCode())
}

// output carries what a command writes to its client.
type output struct{ read, write *os.File }

func (o *output) open() (*os.File, error) {
	var err error
	o.read, o.write, err = os.Pipe()
	return o.write, err
}

// started leaves the writing end to the command.
func (o *output) started() {
	if o.write != nil {
		_ = o.write.Close()
	}
}

func (o *output) copy(to io.Writer) {
	_, _ = io.Copy(to, o.read) // When the client is gone the command is to notice.
	o.close()
}

func (o *output) close() {
	if o.read != nil {
		_ = o.read.Close()
	}
}

// begin starts a command, unless the host is going down.
func (s *server) begin(c *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errHalted
	}
	if err := s.starter.start(c); err != nil {
		return err
	}
	s.commands[c.Process.Pid] = true
	return nil
}

// signal sends a signal to a command that has not ended.
func (s *server) signal(group int, sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.commands[group] {
		_ = syscall.Kill(-group, sig) // It may be ending.
	}
}

func killGroup(group int) { _ = syscall.Kill(-group, syscall.SIGKILL) } // It may be ending.

// exit tells a client the exit status, which it may not be there to hear.
func exit(ch ssh.Channel, code int) {
	_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Code uint32 }{uint32(code)})) //nolint:gosec // 0 to 255.
}

func exitSignal(ch ssh.Channel, sig syscall.Signal) {
	names := map[syscall.Signal]string{
		syscall.SIGABRT: "ABRT", syscall.SIGALRM: "ALRM", syscall.SIGFPE: "FPE", syscall.SIGHUP: "HUP", syscall.SIGILL: "ILL",
		syscall.SIGINT: "INT", syscall.SIGKILL: "KILL", syscall.SIGPIPE: "PIPE", syscall.SIGQUIT: "QUIT", syscall.SIGSEGV: "SEGV",
		syscall.SIGTERM: "TERM", syscall.SIGUSR1: "USR1", syscall.SIGUSR2: "USR2",
	}
	message := struct {
		Signal string
		Core   bool
		Text   string
		Lang   string
	}{Signal: names[sig]}
	_, _ = ch.SendRequest("exit-signal", false, ssh.Marshal(message))
}
