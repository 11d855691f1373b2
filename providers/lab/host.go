//go:build linux

package lab

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/providers/sandbox"
)

// bootScript becomes the first process of a host.
//
//go:embed boot.sh
var bootScript string

// bootPatience is how long a host may take to come up on a busy machine, greetingPatience how long its sshd may take to greet before it is
// asked again; pollEvery is how often it is looked.
const (
	bootPatience     = 2 * time.Minute
	greetingPatience = 10 * time.Second
	pollEvery        = 20 * time.Millisecond
)

// Host is a real host. Its methods are for one goroutine at a time.
type Host struct {
	// Name is its host name, such as aurora-1; Address and Address6 are where it is reached.
	Name, Address, Address6 string
	// Root is its root file system as seen from here, also while it is off. What it has mounted itself is not in it.
	Root string

	key     ssh.Signer
	keyText []byte
	group   string
	card    string // The switch's end of the network card, whose own address is mac.
	mac     string
	first   *exec.Cmd // systemd; nil while the host is off.
}

// addHost makes the root file system of host i.
func (l *Lab) addHost(i int) (*Host, error) {
	n := strconv.Itoa(10 + i)
	h := &Host{Name: "aurora-" + strconv.Itoa(i), Address: network + n, Address6: network6 + n, card: "lab" + strconv.Itoa(i), mac: fmt.Sprintf("02:00:00:00:00:%02x", i)}
	dir := filepath.Join(l.Dir, h.Name)
	h.Root, h.group = filepath.Join(dir, "root"), filepath.Join(within.group, filepath.Base(l.Dir)+"-"+h.Name)
	var err error
	if h.key, h.keyText, err = sandbox.NewKey("restorectl lab"); err != nil {
		return nil, err
	}
	for _, d := range []string{"upper", "work", "root"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil { //nolint:gosec // As a root file system is.
			return nil, err
		}
	}
	options := "lowerdir=" + filepath.Join(l.Dir, programsLayer) + ":" + within.base + ",upperdir=" + filepath.Join(dir, "upper") + ",workdir=" + filepath.Join(dir, "work")
	if err := syscall.Mount("lab", h.Root, "overlay", 0, options); err != nil {
		return nil, fmt.Errorf("the root file system of %s: %w", h.Name, err)
	}
	return h, nil
}

// Path is where a file of the host is seen from here.
func (h *Host) Path(name string) string { return filepath.Join(h.Root, name) }

// Boot boots the host, and returns when its boot is over.
func (h *Host) Boot(ctx context.Context) error {
	if h.first != nil {
		return fmt.Errorf("%s is on", h.Name)
	}
	if err := os.Mkdir(h.group, 0o755); err != nil { //nolint:gosec // As systemd makes them.
		return err
	}
	c := exec.Command("/bin/sh", "-c", bootScript, "boot.sh", h.Root, h.Name, h.group, h.Address+"/24", h.Address6+"/64")
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: namespaces}
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	ready, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("%s can't be started: %w", h.Name, err)
	}
	h.first = c
	err = h.plug()
	if _, failed := fmt.Fprintln(ready); err == nil {
		err = failed
	}
	if err = errors.Join(err, ready.Close()); err == nil {
		err = h.awaitBoot(ctx)
	}
	if err != nil {
		off := h.PowerOff() // Only then has it said all.
		return errors.Join(fmt.Errorf("%s does not come up: %w; it said %q", h.Name, err, bytes.TrimSpace(said.Bytes())), off)
	}
	return nil
}

// plug gives the host its network card.
func (h *Host) plug() error {
	// The kernel takes the old card away when it finds the time.
	if _, err := net.InterfaceByName(h.card); err == nil {
		_ = within.ip("link", "del", h.card) // It may have gone just now.
	}
	pid := strconv.Itoa(h.first.Process.Pid)
	// After a power cut it is the same card: others would send to the old one's address for half a minute.
	if err := within.ip("link", "add", h.card, "type", "veth", "peer", "name", "eth0", "address", h.mac, "netns", pid); err != nil {
		return err
	}
	return within.ip("link", "set", h.card, "master", bridge, "up")
}

// awaitBoot waits until systemd says that the boot is over, and sshd answers.
func (h *Host) awaitBoot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootPatience)
	defer cancel()
	for {
		out, err := h.Run(ctx, "systemctl", "is-system-running", "--wait")
		if state := strings.TrimSpace(out); state == "running" || state == "degraded" {
			err = h.greeted(ctx)
		} else if err == nil {
			err = fmt.Errorf("systemd says %q", state)
		}
		if err == nil {
			return nil
		}
		select {
		case <-time.After(pollEvery):
		case <-ctx.Done():
			return fmt.Errorf("%w; %w", ctx.Err(), err)
		}
	}
}

// greeted says whether sshd answers.
func (h *Host) greeted(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(h.Address, "22"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // Only read.
	greeting := make([]byte, 4)
	if err := conn.SetReadDeadline(time.Now().Add(greetingPatience)); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, greeting); err != nil {
		return fmt.Errorf("sshd does not greet: %w", err)
	}
	if string(greeting) != "SSH-" {
		return fmt.Errorf("what listens for SSH says %q", greeting)
	}
	return nil
}

// PowerOff takes the host's power away: the network hears nothing more of it, and every process ends at once.
func (h *Host) PowerOff() error {
	if h.first == nil {
		return nil
	}
	// Without its card the host can't tell others that its connections end.
	_ = within.ip("link", "set", h.card, "down") // There may be none yet.
	if err := h.first.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s can't be turned off: %w", h.Name, err)
	}
	_ = h.first.Wait() // It was killed. All of its namespace has ended by then.
	h.first = nil
	return removeGroup(h.group)
}

func (h *Host) close() error {
	err := h.PowerOff()
	return errors.Join(err, syscall.Unmount(h.Root, syscall.MNT_DETACH))
}

// offline runs a command in the root file system of a host that is off.
func (h *Host) offline(args ...string) (string, error) {
	c := exec.Command("/usr/sbin/chroot", append([]string{h.Root}, args...)...)
	c.Env = []string{"PATH=/usr/sbin:/usr/bin", "LC_ALL=C"}
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s in the root of %s: %w: %s", strings.Join(args, " "), h.Name, err, bytes.TrimSpace(out))
	}
	return string(out), nil
}

// Run runs a command on the host as root, not over SSH, and gives its standard output.
func (h *Host) Run(ctx context.Context, args ...string) (string, error) {
	if h.first == nil {
		return "", fmt.Errorf("%s is off", h.Name)
	}
	c := exec.CommandContext(ctx, "nsenter", append([]string{"--target", strconv.Itoa(h.first.Process.Pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--"}, args...)...)
	c.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LC_ALL=C"}
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%s on %s: %w: %s", strings.Join(args, " "), h.Name, err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}
