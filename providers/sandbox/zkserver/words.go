package zkserver

import (
	"fmt"
	"strings"
)

// fourLetterWord answers ZooKeeper's plain text questions. No valid frame begins with such a word: as a length it is far
// beyond the limit.
func (s *Server) fourLetterWord(word string) (answer string, known bool) {
	switch word {
	case "ruok":
		return "imok", true
	case "srvr":
		return s.status(false), true
	case "stat":
		return s.status(true), true
	default:
		return "", false
	}
}

func (s *Server) status(clients bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	// Clients parse a build date here; the start of the server is the only date that this one has.
	fmt.Fprintf(&b, "Zookeeper version: 3.4.14-restorectl-sandbox, built on %s\n", s.started.UTC().Format("01/02/2006 15:04 MST"))
	if clients {
		b.WriteString("Clients:\n")
		for c := range s.conns {
			fmt.Fprintf(&b, " /%s[1](queued=%d)\n", c.net.RemoteAddr(), len(c.out))
		}
		b.WriteString("\n")
	}
	b.WriteString("Latency min/avg/max: 0/0/0\n")
	fmt.Fprintf(&b, "Received: %d\nSent: %d\nConnections: %d\nOutstanding: 0\n", s.received, s.sent, len(s.conns))
	fmt.Fprintf(&b, "Zxid: 0x%x\nMode: standalone\nNode count: %d\n", s.tree.zxid, len(s.tree.nodes))
	return b.String()
}
