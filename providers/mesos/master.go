package mesos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/zookeeper"
)

// Master is a cluster's Mesos master as a scheduler's flag -mesos_master_address names it.
type Master struct {
	// Address is zk://[user:password@]host:port,…/path or host:port.
	Address string
	// Dial opens a connection; names are given to it as they are, since they may mean something only on a scheduler's side.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// PageSize is how many tasks are asked for at once; zero is 5000.
	PageSize int

	// atMost bounds every answer, in bytes, where it is not zero.
	atMost int64
}

const defaultPageSize = 5000

// What bounds the size of answers, in bytes. A task takes about 1.1 kB (docs/performance.md).
const (
	// maxAnswer is for a page of tasks, of which 5000 take 6 MB, and for the frameworks, with what they are offered.
	maxAnswer = 512 << 20
	// maxState is for all at once, as masters before 1.0 tell it, every task's executor included: 7 kB for each of 300,000.
	maxState = 2 << 30
	// maxError is how much of an answer is told in an error.
	maxError = 200
)

// errOld says that a master does not know a call: releases before 1.0 have no /api/v1.
var errOld = errors.New("the master does not know the call")

// Find gives the host:port of the leading master.
func (m *Master) Find(ctx context.Context) (string, error) {
	rest, inZooKeeper := strings.CutPrefix(m.Address, "zk://")
	if !inZooKeeper {
		if _, _, err := net.SplitHostPort(m.Address); err != nil {
			return "", fmt.Errorf("-mesos_master_address %q is neither host:port nor zk://…: %w", redacted(m.Address), err)
		}
		return m.Address, nil
	}
	servers, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndex(servers, "@"); at >= 0 {
		// The nodes of masters are readable by all; credentials would only be in the way of a log line.
		servers = servers[at+1:]
	}
	endpoints, err := zookeeper.ParseEndpoints(servers)
	if err != nil {
		return "", fmt.Errorf("-mesos_master_address: %w", err)
	}
	return zookeeper.Ensemble{Endpoints: endpoints, Dial: m.Dial}.ReadMaster(ctx, "/"+path)
}

// redacted is an address without what may be a password.
func redacted(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Redacted()
	}
	return "(not readable)"
}

// session is a connection to one master.
type session struct {
	http *http.Client
	base string
	// atMost is the master's.
	atMost int64
	// skew is how far the master's clock was ahead of this one's when it last answered, nil where its answers have no date.
	skew *time.Duration
}

func (m *Master) open(address string) *session {
	return &session{http: &http.Client{Transport: &http.Transport{DialContext: m.Dial, MaxIdleConnsPerHost: 1}}, base: "http://" + address, atMost: m.atMost}
}

func (s *session) close() { s.http.CloseIdleConnections() }

// get asks for a path and gives the answer's body to read, of which it wants no more than limit bytes.
func (s *session) get(ctx context.Context, path string, query url.Values, limit int64, read func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	return s.do(req, limit, read)
}

// call makes a call of the v1 operator API.
func (s *session) call(ctx context.Context, kind string, read func(io.Reader) error) error {
	body, err := json.Marshal(map[string]string{"type": kind})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/api/v1", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return s.do(req, maxAnswer, read)
}

func (s *session) do(req *http.Request, limit int64, read func(io.Reader) error) error {
	if s.atMost > 0 {
		limit = s.atMost
	}
	req.Header.Set("Accept", "application/json")
	what := req.Method + " " + req.URL.Path
	res, err := s.http.Do(req)
	if err != nil {
		return fmt.Errorf("the Mesos master does not answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // Only read.
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		ahead := time.Until(date).Round(time.Second)
		s.skew = &ahead
	}
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, maxError)) // For the error only.
		err := fmt.Errorf("the Mesos master answers %s with %s: %s", what, strconv.Itoa(res.StatusCode), strings.TrimSpace(string(text)))
		if res.StatusCode == http.StatusNotFound {
			return errors.Join(errOld, err)
		}
		return err
	}
	err = read(http.MaxBytesReader(nil, res.Body, limit))
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		return fmt.Errorf("the Mesos master's answer to %s is longer than %d MiB, and was not read further: look whether a Mesos master answers at %s", what, limit>>20, req.URL.Host)
	}
	if err != nil {
		return misunderstood(what, err)
	}
	return nil
}

func misunderstood(what string, err error) error {
	return fmt.Errorf("the Mesos master's answer to %s can't be understood: %w", what, err)
}
