package zkserver

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// Session describes a client's session.
type Session struct {
	ID int64
	// Timeout is what was negotiated: the session ends after that long without a word from its client.
	Timeout time.Duration
	// Connected says whether the session has a connection now.
	Connected bool
}

// session outlives connections: a client that comes back in time, with the password, goes on with it.
type session struct {
	id       int64
	password [passwordSize]byte
	timeout  time.Duration
	heard    time.Time
	conn     *conn // nil while the client is away
}

// newSession makes a session with a random id and password. Neither is ever zero, which the protocol takes for "none".
func newSession(timeout time.Duration, now time.Time) *session {
	s := &session{timeout: timeout, heard: now}
	var id [8]byte
	_, _ = rand.Read(id[:]) // crypto/rand never fails: it ends the program instead
	_, _ = rand.Read(s.password[:])
	s.id = int64(binary.BigEndian.Uint64(id[:])>>1 | 1)
	return s
}

// endSession forgets a session, deletes its ephemeral nodes and closes its connection. The caller holds the lock.
func (s *Server) endSession(sess *session) {
	delete(s.sessions, sess.id)
	s.tree.dropOwned(sess.id)
	if sess.conn != nil {
		s.tree.watches.remove(sess.conn)
		sess.conn.finish()
		sess.conn = nil
	}
}

// expireSessions ends the sessions whose clients have been silent for too long.
func (s *Server) expireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return
	}
	now := s.options.Now()
	for _, sess := range s.sessions {
		if now.Sub(sess.heard) >= sess.timeout {
			s.endSession(sess)
		}
	}
}

// negotiate is the session timeout that a client gets when it asks for so many milliseconds.
func (s *Server) negotiate(milliseconds int32) time.Duration {
	asked := time.Duration(milliseconds) * time.Millisecond
	return min(max(asked, s.options.MinSessionTimeout), s.options.MaxSessionTimeout)
}
