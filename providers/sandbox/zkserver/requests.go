package zkserver

// handle answers one request and says whether another may follow. Everything happens under the server's lock, so that replies
// and events reach each client in the order in which the changes were made.
func (s *Server) handle(c *conn, body []byte) bool {
	d := &decoder{buf: body}
	xid, op := d.int32(), opcode(d.int32())
	if d.err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.session == nil || c.session.conn != c || s.sessions[c.session.id] == nil {
		return false // the session has ended, or has moved to a newer connection
	}
	c.session.heard = s.options.Now()

	e := &encoder{}
	outcome := s.perform(c, op, d, e)
	if d.err != nil {
		outcome = codeMarshalling
	}
	reply := &encoder{}
	reply.int32(xid)
	reply.int64(s.tree.zxid)
	reply.int32(int32(outcome))
	if outcome == codeOK {
		reply.buf = append(reply.buf, e.buf...)
	}
	c.send(reply.frame())
	if op == opCloseSession {
		s.endSession(c.session)
		return false
	}
	return d.err == nil && outcome != codeAuthFailed
}

// perform does what a request asks for and encodes the body of the reply into e.
func (s *Server) perform(c *conn, op opcode, d *decoder, e *encoder) code {
	switch op {
	case opPing, opCloseSession:
		return codeOK
	case opAuth:
		return c.authenticate(d)
	case opSync:
		e.string(d.string())
		return codeOK
	case opCreate, opDelete, opSetData, opSetACL:
		return s.change(c, op, d, e)
	case opExists, opGetData, opGetACL, opGetChildren, opGetChildren2:
		return s.look(c, op, d, e)
	case opSetWatches:
		seen, data, exist, children := d.int64(), d.strings(), d.strings(), d.strings()
		if d.err == nil {
			s.tree.rewatch(c, seen, data, exist, children)
		}
		return codeOK
	default:
		return codeUnimplemented
	}
}

func (c *conn) authenticate(d *decoder) code {
	_ = d.int32() // type, unused by the protocol
	scheme, credentials := d.string(), d.string()
	who, ok := digestIdentity(credentials)
	if d.err != nil || scheme != schemeDigest || !ok {
		return codeAuthFailed
	}
	c.who = append(c.who, who)
	return codeOK
}

// change performs a request that writes. A malformed one changes nothing.
func (s *Server) change(c *conn, op opcode, d *decoder, e *encoder) code {
	name := d.string()
	switch op {
	case opCreate:
		data, acls, flags := d.buffer(), d.acls(), d.int32()
		if d.err != nil {
			return codeMarshalling
		}
		made, outcome := s.tree.create(name, data, acls, flags, c.session.id, c.who)
		e.string(made)
		return outcome
	case opDelete:
		version := d.int32()
		if d.err != nil {
			return codeMarshalling
		}
		return s.tree.remove(name, version, c.who)
	case opSetData:
		data, version := d.buffer(), d.int32()
		if d.err != nil {
			return codeMarshalling
		}
		return withStat(e)(s.tree.setData(name, data, version, c.who))
	default: // opSetACL
		acls, version := d.acls(), d.int32()
		if d.err != nil {
			return codeMarshalling
		}
		return withStat(e)(s.tree.setACL(name, acls, version, c.who))
	}
}

// withStat encodes the stat of the node that a change left behind, if it was made.
func withStat(e *encoder) func(*node, code) code {
	return func(n *node, outcome code) code {
		if outcome == codeOK {
			n.encodeStat(e)
		}
		return outcome
	}
}

// look performs a request that reads, and sets the watch that it may ask for.
func (s *Server) look(c *conn, op opcode, d *decoder, e *encoder) code {
	name, watch := d.string(), false
	if op != opGetACL {
		watch = d.bool()
	}
	if d.err != nil {
		return codeMarshalling
	}
	var perm int32
	if op == opGetData || op == opGetChildren || op == opGetChildren2 {
		perm = permRead
	}
	n, outcome := s.tree.lookup(name, perm, c.who)
	if outcome == codeNoNode && op == opExists && watch {
		s.tree.watches.data.add(name, c)
	}
	if outcome != codeOK {
		return outcome
	}
	switch op {
	case opGetData:
		e.buffer(n.data)
	case opGetACL:
		e.acls(n.acl)
	case opGetChildren, opGetChildren2:
		names := make([]string, 0, len(n.children))
		for child := range n.children {
			names = append(names, child)
		}
		e.strings(names)
	default: // opExists answers the stat alone
	}
	if op != opGetChildren {
		n.encodeStat(e)
	}
	switch {
	case !watch:
	case op == opGetChildren || op == opGetChildren2:
		s.tree.watches.children.add(name, c)
	default:
		s.tree.watches.data.add(name, c)
	}
	return codeOK
}
