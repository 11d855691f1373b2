package master

import (
	"encoding/json"
	"net/http"
	"time"
)

// maxCall bounds the body of a call, in bytes.
const maxCall = 64 << 20

// The kinds of call from a driver.
const (
	callLaunch    = "LAUNCH"
	callKill      = "KILL"
	callReconcile = "RECONCILE"
)

// call is a driver's request.
type call struct {
	Type        string   `json:"type"`
	FrameworkID string   `json:"framework_id"`
	StreamID    string   `json:"stream_id"`
	Tasks       []Task   `json:"tasks,omitempty"`
	TaskIDs     []string `json:"task_ids,omitempty"`
	Why         Why      `json:"why,omitempty"`
}

// serveSubscribe registers a framework and streams its messages until the driver leaves, or is replaced.
func (s *Server) serveSubscribe(w http.ResponseWriter, r *http.Request) {
	var info FrameworkInfo
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(&info); err != nil {
		http.Error(w, "the framework info is not understood: "+err.Error(), http.StatusBadRequest)
		return
	}
	driver := newStream(randomID())
	if !s.enter(driver) {
		http.Error(w, "the master is stopping", http.StatusServiceUnavailable)
		return
	}
	defer s.running.Done()
	var f *framework
	var refusal error
	s.with(func(l *ledger, now time.Time) {
		if f, refusal = l.register(info, driver, now); refusal == nil {
			driver.send(message{Type: messageRegistered, FrameworkID: f.ID, StreamID: driver.id, Agents: append([]Agent(nil), l.agents...)})
		}
	})
	if refusal != nil {
		driver.send(message{Type: messageError, Message: refusal.Error()})
		driver.finish()
	}
	defer s.with(func(l *ledger, now time.Time) {
		delete(s.streams, driver)
		if f != nil {
			l.disconnect(f, driver, now)
		}
	})
	w.Header().Set("Content-Type", "application/x-ndjson")
	deliver(w, r, driver)
}

// enter counts a stream among those that Close waits for, unless the master is closing.
func (s *Server) enter(driver *stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.streams[driver] = struct{}{}
	s.running.Add(1)
	return true
}

// deliver writes the messages of a stream until it ends or the driver has gone.
func deliver(w http.ResponseWriter, r *http.Request, driver *stream) {
	out := json.NewEncoder(w)
	flush := http.NewResponseController(w)
	for {
		messages, more := driver.take()
		for _, m := range messages {
			if err := out.Encode(m); err != nil {
				return
			}
		}
		if err := flush.Flush(); err != nil || !more {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-driver.wake:
		}
	}
}

// serveCall does what a driver asks for. The outcome reaches the driver as status updates on its stream.
func (s *Server) serveCall(w http.ResponseWriter, r *http.Request) {
	var c call
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(&c); err != nil {
		http.Error(w, "the call is not understood: "+err.Error(), http.StatusBadRequest)
		return
	}
	status := http.StatusAccepted
	s.with(func(l *ledger, now time.Time) {
		f := l.find(c.FrameworkID)
		if f == nil || f.toDriver == nil || f.toDriver.id != c.StreamID {
			status = http.StatusForbidden
			return
		}
		if !l.perform(f, c, now) {
			status = http.StatusBadRequest
		}
	})
	switch status {
	case http.StatusForbidden:
		http.Error(w, "this driver does not hold the framework", status)
	case http.StatusBadRequest:
		http.Error(w, "there is no call of type "+c.Type, status)
	default:
		w.WriteHeader(status)
	}
}

// perform does what a call asks for, and says whether there is such a call.
func (l *ledger) perform(f *framework, c call, now time.Time) bool {
	switch c.Type {
	case callLaunch:
		for _, t := range c.Tasks {
			l.launch(f, t, now)
		}
	case callKill:
		why := c.Why
		if why == "" {
			why = ByScheduler
		}
		for _, id := range c.TaskIDs {
			l.kill(f, id, why, now)
		}
	case callReconcile:
		l.reconcile(f, c.TaskIDs, now)
	default:
		return false
	}
	return true
}
