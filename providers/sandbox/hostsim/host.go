package hostsim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/providers/sandbox/netfilter"
)

// SSHPort is where the hosts' SSH servers listen: port 22 is for root only.
const SSHPort = 2222

// Options describe a host.
type Options struct {
	// Name is the host's name, Address its own address on loopback.
	Name    string
	Address string
	// Root is the host's folder, and the home folder of its user. An absolute path.
	Root string
	// Peers are the addresses of other machines by their names, for forwarded connections.
	Peers map[string]string
	// HostKey is the SSH server's key, ClientKey the only one that it lets in.
	HostKey   ssh.Signer
	ClientKey ssh.PublicKey
	// Env is added to the environment of everything that runs on the host.
	Env []string
}

// Host is a host that is up, or was. Its methods may be called from any goroutine.
type Host struct {
	opts Options

	mu     sync.Mutex
	life   *life
	closed bool
}

// life is all of a host that ends when it goes down.
type life struct {
	starter    *starter
	supervisor *supervisor
	control    *control
	ssh        *server
}

// RunFolder is where a host keeps what does not outlive it: its packet filter's rules and its supervisor's socket.
func RunFolder(root string) string { return filepath.Join(root, "run", "sandbox") }

// DiskFile is the state file of a host's disk.
func DiskFile(root string) string { return filepath.Join(root, "var", "lib", "sandbox", "disk.json") }

// NetfilterFile is the state file of a host's packet filter.
func NetfilterFile(root string) string { return filepath.Join(RunFolder(root), "netfilter.json") }

// Start boots a host: its SSH server listens and its enabled units are started. It fails when the port is taken.
func Start(ctx context.Context, o Options) (*Host, error) {
	h := &Host{opts: o}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h, h.boot(ctx)
}

// environment is what everything on the host has in its environment.
func (h *Host) environment() []string {
	o := &h.opts
	user := CurrentUser()
	env := []string{
		"HOME=" + o.Root,
		"PATH=" + strings.Join([]string{
			filepath.Join(o.Root, "bin"), filepath.Join(o.Root, "usr/sbin"), filepath.Join(o.Root, "usr/bin"),
			"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
		}, ":"),
		"USER=" + user, "LOGNAME=" + user, "SHELL=" + shell(), "LANG=C.UTF-8",
		"SANDBOX_HOST=" + o.Name, "SANDBOX_ADDRESS=" + o.Address, "SANDBOX_ROOT=" + o.Root,
		"SANDBOX_NETFILTER=" + NetfilterFile(o.Root), "SANDBOX_DISK=" + DiskFile(o.Root),
	}
	// A program with the race detector lingers for a second at its end, unless told not to.
	env = append(env, "GORACE=atexit_sleep_ms=0")
	for _, name := range []string{"TMPDIR", "TZ", "GORACE", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, o.Env...)
}

// shell is the login shell of the host's user.
func shell() string {
	if _, err := os.Stat("/bin/bash"); err == nil {
		return "/bin/bash"
	}
	return "/bin/sh"
}

// boot starts everything. The lock is held.
func (h *Host) boot(ctx context.Context) (err error) {
	run := RunFolder(h.opts.Root)
	if err := errors.Join(os.RemoveAll(filepath.Dir(run)), os.MkdirAll(run, 0o700)); err != nil {
		return fmt.Errorf("%s can't boot: %w", h.opts.Name, err)
	}
	l := &life{starter: newStarter()}
	defer func() {
		if err != nil {
			l.end()
			err = fmt.Errorf("%s can't boot: %w", h.opts.Name, err)
		}
	}()
	env := h.environment()
	l.supervisor = newSupervisor(h.opts.Root, env, l.starter)
	for name, err := range l.supervisor.problems {
		return fmt.Errorf("unit %s: %w", name, err)
	}
	if l.control, err = serveControl(run, l.supervisor); err != nil {
		return err
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", net.JoinHostPort(h.opts.Address, strconv.Itoa(SSHPort)))
	if err != nil {
		return err
	}
	l.ssh = serve(netfilter.Wrap(listener, NetfilterFile(h.opts.Root)), &h.opts, env, l.starter)
	l.supervisor.boot()
	h.life = l
	return nil
}

// end ends everything at once, as a power cut does.
func (l *life) end() {
	if l.ssh != nil {
		l.ssh.close()
	}
	if l.supervisor != nil {
		l.supervisor.halt()
	}
	if l.control != nil {
		l.control.close()
	}
	l.starter.stop()
}

// Close ends the host: all connections, services and commands. It returns when nothing of it is left.
func (h *Host) Close() {
	h.PowerOff()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// PowerOff cuts the host's power; Boot switches it on again.
func (h *Host) PowerOff() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life != nil {
		h.life.end()
		h.life = nil
	}
}

// Boot switches a host on that is off; one that is on stays as it is. What was in its folder run is gone, its packet filter is open, and
// its enabled units start.
func (h *Host) Boot(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return fmt.Errorf("%s: %w", h.opts.Name, errHalted)
	case h.life != nil:
		return nil
	}
	return h.boot(ctx)
}

// CutConnections ends all SSH connections, as a lost network does. Commands go on.
func (h *Host) CutConnections() {
	if l, err := h.up(); err == nil {
		l.ssh.cut()
	}
}

// Systemctl asks the host's supervisor, as the command of that name does on the host.
func (h *Host) Systemctl(args ...string) (code int, stdout, stderr string, err error) {
	l, err := h.up()
	if err != nil {
		return 0, "", "", err
	}
	code, stdout, stderr = l.supervisor.systemctl(args)
	return code, stdout, stderr, nil
}

// Signal sends a signal to all processes of a unit, behind the supervisor's back.
func (h *Host) Signal(unit string, sig syscall.Signal) error {
	l, err := h.up()
	if err != nil {
		return err
	}
	s := l.supervisor.find(unitName(unit))
	if s == nil {
		return fmt.Errorf("%s has no unit %s", h.opts.Name, unit)
	}
	if err := s.send(sig); err != nil {
		return fmt.Errorf("%s: %w", h.opts.Name, err)
	}
	return nil
}

// ServiceState is what a unit is doing now.
type ServiceState struct {
	// Active and Sub are systemd's ActiveState and SubState.
	Active, Sub string
	// PID is the main process, 0 where there is none.
	PID int
	// Restarts counts since the last start by hand; Result and Status say how the last process ended.
	Restarts int
	Result   string
	Status   int
}

// Service tells the state of a unit.
func (h *Host) Service(unit string) (ServiceState, error) {
	l, err := h.up()
	if err != nil {
		return ServiceState{}, err
	}
	s := l.supervisor.find(unitName(unit))
	if s == nil {
		return ServiceState{}, fmt.Errorf("%s has no unit %s", h.opts.Name, unit)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return ServiceState{Active: s.state, Sub: s.sub, PID: s.pid, Restarts: s.restarts, Result: s.result, Status: s.status}, nil
}

func (h *Host) up() (*life, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.life == nil {
		return nil, fmt.Errorf("%s: %w", h.opts.Name, errHalted)
	}
	return h.life, nil
}
