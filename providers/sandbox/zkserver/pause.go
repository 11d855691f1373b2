package zkserver

import (
	"fmt"
	"net"
)

// Pause takes the server away as an ensemble without a quorum is away: connections are cut and none is taken. No session expires
// meanwhile, since the clocks of sessions begin anew with the ensemble's next leader.
func (s *Server) Pause() error {
	s.mu.Lock()
	listener := s.listener
	s.listener = nil
	s.mu.Unlock()
	if listener == nil {
		return nil
	}
	err := listener.Close()
	s.DropConnections()
	return err
}

// Resume takes connections again. It fails when the address was taken meanwhile.
func (s *Server) Resume() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return fmt.Errorf("resume the sandbox's ZooKeeper: %w", err)
	}
	s.listener = listener
	now := s.options.Now()
	for _, sess := range s.sessions {
		sess.heard = now
	}
	s.running.Go(func() { s.accept(listener) })
	return nil
}
