package master

import (
	"sync"
	"time"
)

// The kinds of message to a driver.
const (
	messageRegistered = "REGISTERED"
	messageUpdate     = "UPDATE"
	messageError      = "ERROR"
)

const (
	sourceMaster         = "SOURCE_MASTER"
	sourceExecutor       = "SOURCE_EXECUTOR"
	reasonReconciliation = "REASON_RECONCILIATION"
)

// Status is what a driver hears of a task.
type Status struct {
	TaskID  string    `json:"task_id"`
	State   TaskState `json:"state"`
	AgentID string    `json:"agent_id,omitempty"`
	Message string    `json:"message,omitempty"`
	// Reason and Source are Mesos' names, such as REASON_RECONCILIATION and SOURCE_MASTER.
	Reason string    `json:"reason,omitempty"`
	Source string    `json:"source,omitempty"`
	Time   time.Time `json:"time"`
}

// message is one line of the stream to a driver.
type message struct {
	Type        string  `json:"type"`
	FrameworkID string  `json:"framework_id,omitempty"`
	StreamID    string  `json:"stream_id,omitempty"`
	Agents      []Agent `json:"agents,omitempty"`
	Status      *Status `json:"status,omitempty"`
	Message     string  `json:"message,omitempty"`
}

// stream is the queue of messages to one driver. It never blocks who sends, however many tasks are reconciled at once.
type stream struct {
	id   string
	wake chan struct{} // has an element when there may be something to take

	mu       sync.Mutex
	queue    []message
	finished bool
}

func newStream(id string) *stream { return &stream{id: id, wake: make(chan struct{}, 1)} }

func (s *stream) send(m message) {
	s.mu.Lock()
	if !s.finished {
		s.queue = append(s.queue, m)
	}
	s.mu.Unlock()
	s.signal()
}

// finish lets the stream end after what is queued.
func (s *stream) finish() {
	s.mu.Lock()
	s.finished = true
	s.mu.Unlock()
	s.signal()
}

func (s *stream) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take empties the queue, and says whether more may come.
func (s *stream) take() (messages []message, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	messages, s.queue = s.queue, nil
	return messages, !s.finished
}
