package zkserver

// Holder is who holds an ephemeral node.
type Holder struct {
	// Name is the node's name within its folder, Data what it holds.
	Name string
	Data []byte
	// Session is the session that the node goes with.
	Session int64
}

// Holders lists the ephemeral nodes of a folder, in no order.
func (s *Server) Holders(folder string) []Holder {
	s.mu.Lock()
	defer s.mu.Unlock()
	parent := s.tree.nodes[folder]
	if parent == nil {
		return nil
	}
	var found []Holder
	for name := range parent.children {
		if n := s.tree.nodes[folder+"/"+name]; n != nil && n.owner != 0 {
			found = append(found, Holder{Name: name, Data: append([]byte(nil), n.data...), Session: n.owner})
		}
	}
	return found
}
