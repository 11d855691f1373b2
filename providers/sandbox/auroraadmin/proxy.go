package auroraadmin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/scheduler"
	"github.com/restorectl/restorectl/providers/zookeeper"
)

// proxy makes calls to a cluster's scheduler, again and again while that can help.
type proxy struct {
	admin              *admin
	cluster            cluster
	rpcWait            time.Duration
	connectWait, pause time.Duration
}

// answered is a refusal that the scheduler's answer, already shown, explains.
type answered struct{ error }

// connectError is a failure to find or reach a scheduler.
type connectError struct{ error }

func (a *admin) proxy(name string) (*proxy, error) {
	c, err := a.cluster(name)
	if err != nil {
		return nil, err
	}
	if c.ZK == "" && c.SchedulerURI == "" {
		return nil, errors.New(`Error connecting to scheduler: "cluster" does not specify zk or scheduler_uri`)
	}
	if c.AuthMechanism != "UNAUTHENTICATED" && c.AuthMechanism != "BASIC" {
		return nil, fmt.Errorf("Error connecting to scheduler: the sandbox has no auth_mechanism %s", c.AuthMechanism)
	}
	p := &proxy{admin: a, cluster: c}
	var errs [3]error
	p.rpcWait, errs[0] = a.wait("SANDBOX_RPC_WAIT", 10*time.Minute)
	p.connectWait, errs[1] = a.wait("SANDBOX_CONNECT_WAIT", time.Minute)
	p.pause, errs[2] = a.wait("SANDBOX_RETRY_INTERVAL", 5*time.Second)
	return p, errors.Join(errs[:]...)
}

// call makes a call and shows the answer. It tries again after transient errors, connections that fail, and answers that are none.
func (p *proxy) call(ctx context.Context, method string, arguments any) (scheduler.Answer, error) {
	began := time.Now()
	for {
		answer, err := p.once(ctx, method, arguments)
		var refusal *scheduler.ResponseError
		var thrown *scheduler.ExceptionError
		var status *scheduler.StatusError
		var unconnected *connectError
		switch {
		case err == nil:
			p.show(answer)
			return answer, nil
		case errors.As(err, &refusal) && !refusal.Transient():
			p.show(answer)
			return answer, &answered{err}
		case errors.As(err, &refusal):
			err = errors.New(refusal.Message)
		case errors.As(err, &thrown):
			return answer, fmt.Errorf("Error during thrift call %s to %s: %s", method, p.cluster.Name, thrown.Message)
		case errors.As(err, &status) && status.Status == http.StatusUnauthorized:
			return answer, fmt.Errorf("Unable to communicate with scheduler: %w", err)
		case errors.As(err, &unconnected) && time.Since(began) >= p.connectWait:
			p.admin.log("W", "Could not connect to scheduler: %v", err)
			return answer, fmt.Errorf("Timed out trying to connect to scheduler at %s", p.cluster.Name)
		case unconnected == nil && status == nil && !errors.Is(err, scheduler.ErrNoAnswer):
			return answer, fmt.Errorf("Error connecting to scheduler: %w", err)
		}
		if time.Since(began) >= p.rpcWait {
			p.admin.log("W", "Connection error with scheduler: %v", err)
			return answer, fmt.Errorf("Timed out attempting to issue %s to %s", method, p.cluster.Name)
		}
		p.admin.log("W", "Connection error with scheduler: %v, reconnecting...", err)
		time.Sleep(p.pause)
	}
}

// show writes what a scheduler answered.
func (p *proxy) show(a scheduler.Answer) {
	p.admin.log("I", "Response from scheduler: %s (message: %s)", a.Code, strings.ReplaceAll(a.Message, "\n", ", "))
	if a.Code == aurora.JobUpdatingError {
		p.admin.log("I", "a job update is in progress")
	}
}

// once makes a call to the scheduler that the cluster's entry leads to, and follows redirects.
func (p *proxy) once(ctx context.Context, method string, arguments any) (scheduler.Answer, error) {
	uri, err := p.resolve(ctx)
	for hops := 0; err == nil; hops++ {
		var c *scheduler.Client
		if c, err = p.client(uri); err != nil {
			break
		}
		var answer scheduler.Answer
		answer, err = c.Call(ctx, method, arguments)
		var status *scheduler.StatusError
		const most = 5
		if errors.As(err, &status) && status.Status == http.StatusTemporaryRedirect && hops < most {
			uri, err = status.Location, nil
			continue
		}
		var unconnected *scheduler.ConnectError
		if errors.As(err, &unconnected) {
			err = &connectError{fmt.Errorf("Could not connect to %s: %w", uri, unconnected.Err)}
		}
		return answer, err
	}
	return scheduler.Answer{}, err
}

// resolve gives the scheduler's address. ZooKeeper outranks a scheduler_uri.
func (p *proxy) resolve(ctx context.Context) (string, error) {
	if p.cluster.ZK == "" {
		return p.cluster.SchedulerURI, nil
	}
	if p.cluster.SchedulerZKPath == "" {
		return "", errors.New("Cluster has no defined scheduler path, must specify scheduler_zk_path in your cluster config!")
	}
	const serversetTimeout = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, serversetTimeout)
	defer cancel()
	var endpoints []string
	for _, h := range strings.Split(p.cluster.ZK, ",") {
		endpoints = append(endpoints, net.JoinHostPort(strings.TrimSpace(h), strconv.Itoa(p.cluster.ZKPort)))
	}
	e, err := zookeeper.Ensemble{Endpoints: endpoints, Dial: p.dial}.ReadElection(ctx, p.cluster.SchedulerZKPath)
	if err != nil {
		return "", &connectError{err}
	}
	for _, m := range e.Members {
		if http, ok := m.Additional["http"]; ok {
			return "http://" + net.JoinHostPort(http.Host, strconv.Itoa(http.Port)), nil
		}
	}
	return "", &connectError{fmt.Errorf("No schedulers detected in %s!", p.cluster.Name)}
}

// client gives a client for a scheduler's address.
func (p *proxy) client(uri string) (*scheduler.Client, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is not the address of a scheduler in the sandbox, such as http://localhost:8081", uri)
	}
	port := 80
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, err
		}
	}
	c := &scheduler.Client{Host: &place{p, u.Hostname()}, Port: port, Redirect: !p.admin.options.bypass}
	if user := p.admin.credentials(u.Hostname()); user != nil {
		c.Credentials = user
	}
	return c, nil
}

// dial opens a connection from the simulated host; "localhost" is the host itself.
func (p *proxy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	if own := p.admin.env["SANDBOX_ADDRESS"]; own != "" {
		name, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if name == "localhost" {
			address = net.JoinHostPort(own, port)
		}
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(own)}
	}
	return d.DialContext(ctx, network, address)
}

// place is the machine that a scheduler's address names, to the scheduler's client, which asks for localhost there.
type place struct {
	p    *proxy
	name string
}

// Name gives the name in the address.
func (h *place) Name() string { return h.name }

// Run is not there: a client runs nothing on a scheduler's machine.
func (h *place) Run(context.Context, host.Command) (host.Result, error) {
	return host.Result{}, errors.New("aurora_admin runs no commands on hosts")
}

// Dial connects to a port of the machine.
func (h *place) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return h.p.dial(ctx, network, net.JoinHostPort(h.name, port))
}

// Close does nothing.
func (h *place) Close() error { return nil }
