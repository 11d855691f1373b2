package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Local is the machine that this program runs on.
type Local struct {
	name      string
	env       []string
	privilege privilege
}

// NewLocal gives this machine under a scheduler's name. Become is config.Connection.Become. Env is the environment of the
// commands, which are looked up on its PATH; nil is that of this program.
func NewLocal(name, become string, env []string) *Local {
	if env == nil {
		env = os.Environ()
	}
	l := &Local{name: name, env: env}
	l.privilege = privilege{host: name, become: become, exec: l.exec}
	return l
}

// withPasswords lets sudo be told a password.
func (l *Local) withPasswords(p *passwords) *Local {
	l.privilege.passwords = p
	return l
}

// Name is the scheduler's name.
func (l *Local) Name() string { return l.name }

// Run runs a command and waits for it.
func (l *Local) Run(ctx context.Context, c Command) (Result, error) { return l.privilege.run(ctx, c) }

// Dial opens a connection.
func (l *Local) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// Close does nothing: there is no connection.
func (l *Local) Close() error { return nil }

// exec runs a program in a process group of its own, so that a Ctrl-C in the terminal does not reach it.
func (l *Local) exec(ctx context.Context, args []string, c Command) (Result, error) {
	if _, err := quote(args); err != nil {
		return Result{}, err
	}
	program, err := l.find(args[0])
	if err != nil {
		return Result{}, &ExitError{Host: l.name, Args: args, Code: 127, Stderr: []byte(err.Error())}
	}
	ctx, abort := context.WithCancel(ctx)
	defer abort()
	out, errs := &sink{to: c.Stdout, abort: abort}, &tail{}
	cmd := exec.CommandContext(ctx, program, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = l.env, c.Stdin, out, errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	err = cmd.Run()
	res := Result{Stdout: out.kept, Stderr: errs.kept}
	exit := (*exec.ExitError)(nil)
	switch {
	case out.err != nil:
		return res, fmt.Errorf("output of %s on %s: %w", shown(args), l.name, out.err)
	case ctx.Err() != nil:
		return res, cutOff(l.name, args, ctx.Err())
	case errors.As(err, &exit):
		return res, &ExitError{Host: l.name, Args: args, Code: exit.ExitCode(), Signal: signalName(exit), Stderr: errs.kept}
	case errors.Is(err, exec.ErrWaitDelay):
		// The program ended well; something that it started holds its output open.
		return res, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return res, &ExitError{Host: l.name, Args: args, Code: 127, Stderr: []byte(err.Error())}
	case err != nil:
		return res, fmt.Errorf("%s on %s: %w", shown(args), l.name, err)
	}
	return res, nil
}

// find looks a program up on the commands' PATH.
func (l *Local) find(program string) (string, error) {
	if strings.ContainsRune(program, '/') {
		return program, nil
	}
	var path string
	for _, e := range l.env {
		if p, ok := strings.CutPrefix(e, "PATH="); ok {
			path = p
		}
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, program)
		info, err := os.Stat(file)
		if err == nil && !info.IsDir() && info.Mode().Perm()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s: command not found: %w", program, fs.ErrNotExist)
}

// signalName is the name of the signal that ended a program, as SSH writes it ("KILL").
func signalName(e *exec.ExitError) string {
	status, ok := e.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return ""
	}
	names := map[syscall.Signal]string{syscall.SIGKILL: "KILL", syscall.SIGTERM: "TERM", syscall.SIGINT: "INT",
		syscall.SIGHUP: "HUP", syscall.SIGABRT: "ABRT", syscall.SIGSEGV: "SEGV", syscall.SIGPIPE: "PIPE"}
	if name, ok := names[status.Signal()]; ok {
		return name
	}
	return status.Signal().String()
}
