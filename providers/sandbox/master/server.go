package master

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// version is the release of Mesos that the master says it is.
const version = "1.7.2"

// Options adjusts a master.
type Options struct {
	// ZooKeeper is where the master advertises itself, as in -mesos_master_address: zk://host:port,host:port/path. Empty means
	// nowhere.
	ZooKeeper string
	// Agents are the machines that tasks may be launched on. Seeded tasks add theirs.
	Agents []Agent
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Server is a running master. Its methods may be called from any goroutine.
type Server struct {
	now      func() time.Time
	listener net.Listener
	http     *http.Server
	advert   *advert // nil without ZooKeeper
	id       string
	started  time.Time
	running  sync.WaitGroup // the listener and the drivers' streams

	mu      sync.Mutex // guards all below
	ledger  ledger
	streams map[*stream]struct{}
	closing bool
}

// Listen starts a master on a TCP address such as "127.0.0.1:5050"; port 0 takes a free one. It fails when the address can't be
// listened on or the ZooKeeper address is malformed. ZooKeeper need not be up yet: the master advertises itself when it is.
func Listen(addr string, options Options) (*Server, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start the simulated Mesos master: %w", err)
	}
	s := &Server{now: options.Now, listener: listener, id: randomID(), started: options.Now(), streams: map[*stream]struct{}{}}
	s.ledger = ledger{idPrefix: s.id, agents: append([]Agent(nil), options.Agents...)}
	if options.ZooKeeper != "" {
		if s.advert, err = advertise(options.ZooKeeper, s.info()); err != nil {
			_ = listener.Close()
			return nil, fmt.Errorf("start the simulated Mesos master: %w", err)
		}
	}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	s.running.Go(func() { _ = s.http.Serve(listener) }) // always ends with http.ErrServerClosed
	return s, nil
}

// Addr is the address that the master listens on, host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close takes the master out of ZooKeeper, cuts all connections and returns when nothing of it runs any more. What it knows can
// still be looked at: the frameworks have lost their drivers.
func (s *Server) Close() error {
	if s.advert != nil {
		s.advert.withdraw()
	}
	s.mu.Lock()
	s.closing = true
	for st := range s.streams {
		st.finish()
	}
	s.mu.Unlock()
	err := s.http.Close()
	s.running.Wait()
	return err
}

// Seed makes a framework that has lost its driver while its tasks run on, as a disaster leaves it. Where they are zero, the
// failover timeout is DefaultFailoverTimeout, the times are now, and the tasks' states are TASK_RUNNING. A framework that is
// marked completed is one that the master has given up: its tasks are killed. Seed fails when the id is empty or taken.
func (s *Server) Seed(f Framework, tasks ...Task) error {
	var err error
	s.with(func(l *ledger, now time.Time) { err = l.seed(f, tasks, now) })
	return err
}

// with calls do under the lock, after what time alone has changed.
func (s *Server) with(do func(l *ledger, now time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.ledger.expire(now)
	do(&s.ledger, now)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, prefix := range []string{"", "/master"} {
		mux.HandleFunc("GET "+prefix+"/state", s.serveState)
		mux.HandleFunc("GET "+prefix+"/tasks", s.serveTasks)
		mux.HandleFunc("POST "+prefix+"/api/v1", s.serveAPI)
	}
	mux.HandleFunc("GET /sandbox/events", s.serveEvents)
	mux.HandleFunc("POST /sandbox/driver/subscribe", s.serveSubscribe)
	mux.HandleFunc("POST /sandbox/driver/call", s.serveCall)
	return mux
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // fails only when the client has gone
}

func randomID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}
