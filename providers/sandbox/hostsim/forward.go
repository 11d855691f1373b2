package hostsim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// errUnknownHost says that nobody has a name.
var errUnknownHost = errors.New("there is no host of that name")

// forward connects a channel with the address that it asks for.
func (s *server) forward(nc ssh.NewChannel) {
	var to struct {
		Host   string
		Port   uint32
		Origin string
		OPort  uint32
	}
	if ssh.Unmarshal(nc.ExtraData(), &to) != nil || to.Port > 65535 {
		_ = nc.Reject(ssh.ConnectionFailed, "bad request")
		return
	}
	c, err := s.dial(to.Host, int(to.Port))
	if err != nil {
		_ = nc.Reject(ssh.ConnectionFailed, reason(err))
		return
	}
	ch, requests, err := nc.Accept()
	if err != nil {
		_ = c.Close() // The client has gone.
		return
	}
	s.wait.Go(func() {
		ssh.DiscardRequests(requests)
		_ = c.Close() // The channel is closed, in both directions.
	})
	requested := &watched{to: c, line: &s.line}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(requested, ch) // Either side may end it at any time.
		_ = c.CloseWrite()
	}()
	_, _ = io.Copy(&guarded{ch, requested, s.cut}, c)
	_ = ch.Close()
	_ = c.Close()
	<-done
}

// dial connects from the host's address.
func (s *server) dial(name string, port int) (*net.TCPConn, error) {
	address, err := s.resolve(name)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(s.opts.Address)}}
	c, err := d.DialContext(context.Background(), "tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	t, ok := c.(*net.TCPConn)
	if !ok {
		_ = c.Close() // It can't be of use.
		return nil, fmt.Errorf("a connection to %s is not TCP", address)
	}
	return t, nil
}

// resolve gives the address of a name as the host knows it: its own loopback is its own address.
func (s *server) resolve(name string) (string, error) {
	name = strings.TrimSuffix(strings.Trim(name, "[]"), ".")
	if name == "localhost" || name == s.opts.Name {
		return s.opts.Address, nil
	}
	if a, ok := s.opts.Peers[name]; ok {
		return a, nil
	}
	a, err := netip.ParseAddr(name)
	switch {
	case err != nil:
		return "", errUnknownHost
	case a == netip.AddrFrom4([4]byte{127, 0, 0, 1}), a == netip.IPv6Loopback():
		return s.opts.Address, nil
	}
	return a.Unmap().String(), nil
}

// reason is what sshd says of a connection that failed.
func reason(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused"
	case errors.Is(err, errUnknownHost):
		return "Name or service not known"
	case errors.Is(err, syscall.EINVAL):
		// The host has no address but one on loopback.
		return "Network is unreachable"
	}
	return err.Error()
}
