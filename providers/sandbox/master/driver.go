package master

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// RefusedError is the master's refusal of a framework: its id has been removed, or another driver has taken it over.
type RefusedError struct{ Message string }

// Error is the master's own text.
func (e *RefusedError) Error() string { return e.Message }

// Driver is the simulated scheduler's connection to the master. Its methods may be called from any goroutine.
type Driver struct {
	base        string
	client      *http.Client
	frameworkID string
	streamID    string
	agents      []Agent
	updates     chan Status
	cancel      context.CancelFunc

	mu     sync.Mutex // guards all below
	closed bool
	err    error
}

// Connect registers a framework with the master at host:port. The context bounds the registration, not the connection, which
// lives until Close or until the master ends it. A *RefusedError is the master's refusal.
func Connect(ctx context.Context, address string, info FrameworkInfo) (*Driver, error) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	d := &Driver{base: "http://" + address + "/sandbox/driver/", client: &http.Client{Transport: &http.Transport{}},
		updates: make(chan Status), cancel: cancel}
	inTime := context.AfterFunc(ctx, cancel)
	body, messages, err := d.subscribe(life, info)
	if late := !inTime(); err == nil && late {
		_ = body.Close()
		err = ctx.Err()
	}
	if err != nil {
		cancel()
		if cause := ctx.Err(); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("register with the Mesos master at %s: %w", address, err)
	}
	go d.receive(life, body, messages)
	return d, nil
}

// subscribe opens the stream and reads its first message.
func (d *Driver) subscribe(ctx context.Context, info FrameworkInfo) (io.ReadCloser, *json.Decoder, error) {
	response, err := d.post(ctx, "subscribe", info)
	if err != nil {
		return nil, nil, err
	}
	messages := json.NewDecoder(response.Body)
	var first message
	if err := messages.Decode(&first); err != nil {
		_ = response.Body.Close()
		return nil, nil, err
	}
	if first.Type != messageRegistered {
		_ = response.Body.Close()
		return nil, nil, &RefusedError{first.Message}
	}
	d.frameworkID, d.streamID, d.agents = first.FrameworkID, first.StreamID, first.Agents
	return response.Body, messages, nil
}

func (d *Driver) receive(life context.Context, body io.ReadCloser, messages *json.Decoder) {
	defer close(d.updates)
	defer d.cancel()
	defer func() { _ = body.Close() }()
	for {
		var m message
		if err := messages.Decode(&m); err != nil {
			d.end(fmt.Errorf("the Mesos master ended the connection: %w", err))
			return
		}
		switch {
		case m.Type == messageError:
			d.end(&RefusedError{m.Message})
			return
		case m.Status != nil:
			select {
			case d.updates <- *m.Status:
			case <-life.Done():
				return
			}
		}
	}
}

func (d *Driver) end(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.err = err
	}
}

// FrameworkID is the framework's id: the one asked for, or a new one.
func (d *Driver) FrameworkID() string { return d.frameworkID }

// Agents are the machines on which tasks may be launched, as of the registration.
func (d *Driver) Agents() []Agent { return append([]Agent(nil), d.agents...) }

// Updates delivers what becomes of tasks, in order. It is closed when the connection has ended; Err then says why. Somebody
// must receive from it.
func (d *Driver) Updates() <-chan Status { return d.updates }

// Err is why the connection ended: nil while it lives and after Close, a *RefusedError when another driver took the framework
// over, and otherwise the loss of the master.
func (d *Driver) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// Launch starts tasks. What became of them comes as updates.
func (d *Driver) Launch(ctx context.Context, tasks ...Task) error {
	return d.call(ctx, call{Type: callLaunch, Tasks: tasks})
}

// Kill ends tasks. The reason goes into the master's record of events.
func (d *Driver) Kill(ctx context.Context, why Why, taskIDs ...string) error {
	return d.call(ctx, call{Type: callKill, TaskIDs: taskIDs, Why: why})
}

// Reconcile asks for the states of tasks, explicitly of those named, or implicitly of all that the master knows.
func (d *Driver) Reconcile(ctx context.Context, taskIDs ...string) error {
	return d.call(ctx, call{Type: callReconcile, TaskIDs: taskIDs})
}

// Close ends the connection. The framework stays registered, disconnected, for its failover timeout.
func (d *Driver) Close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	d.client.CloseIdleConnections()
}

func (d *Driver) call(ctx context.Context, c call) error {
	c.FrameworkID, c.StreamID = d.frameworkID, d.streamID
	response, err := d.post(ctx, "call", c)
	if err != nil {
		return fmt.Errorf("%s call to the Mesos master: %w", c.Type, err)
	}
	return response.Body.Close()
}

func (d *Driver) post(ctx context.Context, what string, body any) (*http.Response, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.base+what, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := d.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		_ = response.Body.Close()
		return nil, errors.New(response.Status + ": " + strings.TrimSpace(string(text)))
	}
	return response, nil
}
