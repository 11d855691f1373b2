package scheduler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/restorectl/restorectl/providers/host"
)

// How long an answer may be, in bytes.
const (
	maxPage   = 32 << 20
	maxAnswer = 1 << 30
)

// How long a scheduler may take: for /vars and the like, for a call on /api, and for a connection.
const (
	pageTimeout    = 15 * time.Second
	callTimeout    = 5 * time.Minute
	connectTimeout = 10 * time.Second
)

// Client speaks to one scheduler's HTTP port, from the scheduler's own host. Its zero fields are defaults, except Host and Port.
type Client struct {
	Host host.Host
	// Port is the flag -http_port.
	Port int
	// IP is the flag -ip: where the scheduler listens when nothing answers on localhost; empty for none.
	IP string
	// Credentials are for schedulers that ask for some; nil for none. Service is the scheduler's own Kerberos principal, empty where it
	// has none.
	Credentials Credentials
	Service     string
	// Redirect leaves the header Bypass-Leader-Redirect out, so that only a leader that is advertised answers calls.
	Redirect bool
	// RetryAfter is the first pause before a call is repeated that was answered with code 6; each further pause is twice as
	// long. Zero is a quarter of a second.
	RetryAfter time.Duration
}

// Credentials prove to a scheduler who calls.
type Credentials interface {
	// Authorize puts a proof into a request to the scheduler whose own principal is service, empty for none.
	Authorize(req *http.Request, service string) error
}

// Basic is a user of BASIC authentication.
type Basic struct{ User, Password string }

// Authorize sends the password. It implements Credentials.
func (b *Basic) Authorize(req *http.Request, _ string) error {
	req.SetBasicAuth(b.User, b.Password)
	return nil
}

// Vars reads /vars, which is open to all.
func (c *Client) Vars(ctx context.Context) (Vars, error) {
	const path = "/vars"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url(path), http.NoBody)
	if err != nil {
		return nil, err
	}
	text, err := c.exchange(ctx, req, path, pageTimeout, maxPage)
	if err != nil {
		return nil, err
	}
	return parseVars(text), nil
}

func (c *Client) url(path string) string { return "http://localhost:" + strconv.Itoa(c.Port) + path }

func (c *Client) name() string { return c.Host.Name() }

// exchange sends a request once, over a connection of its own, and reads the answer to its end.
func (c *Client) exchange(ctx context.Context, req *http.Request, what string, timeout time.Duration, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var connected atomic.Bool
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := c.dial(ctx, network)
			connected.Store(err == nil)
			return conn, err
		},
	}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, c.unanswered(what, err, connected.Load())
	}
	defer func() { _ = resp.Body.Close() }() // All that is wanted of it was read.
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, c.unanswered(what, err, true)
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("%s on %s: %w: the answer is longer than %d MiB", what, c.name(), ErrNoAnswer, limit>>20)
	case resp.StatusCode != http.StatusOK:
		return nil, &StatusError{Scheduler: c.name(), What: what, Status: resp.StatusCode,
			Location: resp.Header.Get("Location"), Challenge: resp.Header.Get("WWW-Authenticate")}
	}
	return body, nil
}

// unanswered says what is known of a request that failed on its way.
func (c *Client) unanswered(what string, err error, connected bool) error {
	if connected {
		return fmt.Errorf("%s on %s: %w (%w)", what, c.name(), ErrNoAnswer, err)
	}
	var already *ConnectError
	if errors.As(err, &already) {
		return err
	}
	return &ConnectError{Scheduler: c.name(), Address: c.address("localhost"), Err: err}
}

// dial connects to the port on localhost of the scheduler's host, or on the address that the scheduler was told to listen on.
func (c *Client) dial(ctx context.Context, network string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	address := c.address("localhost")
	conn, err := c.Host.Dial(ctx, network, address)
	failure := &ConnectError{Scheduler: c.name(), Address: address, Err: err}
	if err == nil || !failure.Refused() || !c.elsewhere() {
		return wrapped(conn, failure)
	}
	failure.Address = c.address(c.IP)
	conn, failure.Err = c.Host.Dial(ctx, network, failure.Address)
	return wrapped(conn, failure)
}

func wrapped(conn net.Conn, failure *ConnectError) (net.Conn, error) {
	if failure.Err != nil {
		return nil, failure
	}
	return conn, nil
}

// elsewhere says that the scheduler was told to listen on an address that localhost may not lead to.
func (c *Client) elsewhere() bool {
	ip := net.ParseIP(c.IP)
	return c.IP != "" && (ip == nil || !ip.IsUnspecified())
}

func (c *Client) address(where string) string { return net.JoinHostPort(where, strconv.Itoa(c.Port)) }
