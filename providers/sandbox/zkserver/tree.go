package zkserver

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// node is one znode.
type node struct {
	data     []byte
	acl      []acl
	children map[string]struct{}
	owner    int64 // session of an ephemeral node, else 0

	createdZxid, modifiedZxid, childrenZxid int64
	createdAt, modifiedAt                   time.Time
	version, aclVersion                     int32
	// childrenCreated counts the children ever created here. It numbers sequential children and never goes back.
	childrenCreated int32
}

// encodeStat appends the node's Stat record.
func (n *node) encodeStat(e *encoder) {
	e.int64(n.createdZxid)
	e.int64(n.modifiedZxid)
	e.int64(n.createdAt.UnixMilli())
	e.int64(n.modifiedAt.UnixMilli())
	e.int32(n.version)
	// cversion counts the changes: each creation, and each deletion, which is a creation whose child is gone.
	e.int32(2*n.childrenCreated - int32(len(n.children)))
	e.int32(n.aclVersion)
	e.int64(n.owner)
	e.int32(int32(len(n.data)))
	e.int32(int32(len(n.children)))
	e.int64(n.childrenZxid)
}

// tree is the data of the server. It is not safe for concurrent use; the server's lock guards it.
type tree struct {
	nodes   map[string]*node
	watches watches
	zxid    int64
	now     func() time.Time
}

// newTree makes a tree with the nodes that every ZooKeeper has. Transaction ids start from the time, so that a client of an
// earlier server on the same address never believes itself ahead of this one.
func newTree(now func() time.Time) *tree {
	t := &tree{nodes: map[string]*node{}, watches: newWatches(), zxid: now().Unix() << 32, now: now}
	for _, p := range []string{"/", "/zookeeper", "/zookeeper/quota"} {
		t.nodes[p] = &node{acl: openACL(), children: map[string]struct{}{}}
		if p != "/" {
			t.nodes[path.Dir(p)].children[path.Base(p)] = struct{}{}
		}
	}
	return t
}

// create makes a node and answers its path, which for a sequential one ends in its number.
func (t *tree) create(name string, data []byte, acls []acl, flags int32, session int64, who []identity) (string, code) {
	if !strings.HasPrefix(name, "/") || flags&^(flagEphemeral|flagSequential) != 0 {
		return "", codeBadArguments
	}
	parentPath := parentOf(name)
	parent := t.nodes[parentPath]
	if parent == nil {
		return "", codeNoNode
	}
	if !permitted(parent.acl, permCreate, who) {
		return "", codeNoAuth
	}
	if flags&flagSequential != 0 {
		name += fmt.Sprintf("%010d", parent.childrenCreated)
	}
	if !validPath(name) {
		return "", codeBadArguments
	}
	if t.nodes[name] != nil {
		return "", codeNodeExists
	}
	if parent.owner != 0 {
		return "", codeNoChildrenForEphemerals
	}
	resolved := resolveACL(acls, who)
	if len(resolved) == 0 {
		return "", codeInvalidACL
	}
	t.zxid++
	now := t.now()
	n := &node{data: data, acl: resolved, children: map[string]struct{}{}, createdAt: now, modifiedAt: now,
		createdZxid: t.zxid, modifiedZxid: t.zxid, childrenZxid: t.zxid}
	if flags&flagEphemeral != 0 {
		n.owner = session
	}
	t.nodes[name] = n
	parent.children[path.Base(name)] = struct{}{}
	parent.childrenCreated++
	parent.childrenZxid = t.zxid
	t.watches.fire(event{eventCreated, name})
	t.watches.fire(event{eventChildrenChanged, parentPath})
	return name, codeOK
}

func (t *tree) remove(name string, version int32, who []identity) code {
	if name == "/" || !validPath(name) {
		return codeBadArguments
	}
	n := t.nodes[name]
	switch {
	case n == nil:
		return codeNoNode
	case !permitted(t.nodes[parentOf(name)].acl, permDelete, who):
		return codeNoAuth
	case version != anyVersion && version != n.version:
		return codeBadVersion
	case len(n.children) > 0:
		return codeNotEmpty
	}
	t.drop(name)
	return codeOK
}

// drop deletes a node that has no children, whoever asks.
func (t *tree) drop(name string) {
	t.zxid++
	parentPath := parentOf(name)
	parent := t.nodes[parentPath]
	delete(t.nodes, name)
	delete(parent.children, path.Base(name))
	parent.childrenZxid = t.zxid
	t.watches.fire(event{eventDeleted, name})
	t.watches.fire(event{eventChildrenChanged, parentPath})
}

// dropOwned deletes the ephemeral nodes of a session that has ended.
func (t *tree) dropOwned(session int64) {
	for name, n := range t.nodes {
		if n.owner == session {
			t.drop(name)
		}
	}
}

func (t *tree) setData(name string, data []byte, version int32, who []identity) (*node, code) {
	n, outcome := t.lookup(name, permWrite, who)
	if outcome != codeOK {
		return nil, outcome
	}
	if version != anyVersion && version != n.version {
		return nil, codeBadVersion
	}
	t.zxid++
	n.data, n.modifiedZxid, n.modifiedAt = data, t.zxid, t.now()
	n.version++
	t.watches.fire(event{eventDataChanged, name})
	return n, codeOK
}

func (t *tree) setACL(name string, acls []acl, version int32, who []identity) (*node, code) {
	n, outcome := t.lookup(name, permAdmin, who)
	if outcome != codeOK {
		return nil, outcome
	}
	if version != anyVersion && version != n.aclVersion {
		return nil, codeBadVersion
	}
	resolved := resolveACL(acls, who)
	if len(resolved) == 0 {
		return nil, codeInvalidACL
	}
	t.zxid++
	n.acl = resolved
	n.aclVersion++
	return n, codeOK
}

// lookup finds a node on which who may do perm; perm 0 asks for nothing.
func (t *tree) lookup(name string, perm int32, who []identity) (*node, code) {
	if !validPath(name) {
		return nil, codeBadArguments
	}
	n := t.nodes[name]
	if n == nil {
		return nil, codeNoNode
	}
	if perm != 0 && !permitted(n.acl, perm, who) {
		return nil, codeNoAuth
	}
	return n, codeOK
}

// rewatch sets the watches of a client that reconnected, and tells it at once of what changed since the transaction it saw last.
func (t *tree) rewatch(w watcher, seen int64, data, exist, children []string) {
	for _, p := range data {
		switch n := t.nodes[p]; {
		case n == nil:
			w.notify(event{eventDeleted, p})
		case n.modifiedZxid > seen:
			w.notify(event{eventDataChanged, p})
		default:
			t.watches.data.add(p, w)
		}
	}
	for _, p := range exist {
		if t.nodes[p] != nil {
			w.notify(event{eventCreated, p})
		} else {
			t.watches.data.add(p, w)
		}
	}
	for _, p := range children {
		switch n := t.nodes[p]; {
		case n == nil:
			w.notify(event{eventDeleted, p})
		case n.childrenZxid > seen:
			w.notify(event{eventChildrenChanged, p})
		default:
			t.watches.children.add(p, w)
		}
	}
}

// parentOf is the part of a path before its last slash; path.Dir would swallow the trailing slash of a sequential name.
func parentOf(name string) string {
	i := strings.LastIndexByte(name, '/')
	if i <= 0 {
		return "/"
	}
	return name[:i]
}

func validPath(name string) bool {
	if name == "/" {
		return true
	}
	if !strings.HasPrefix(name, "/") || strings.ContainsRune(name, 0) {
		return false
	}
	for _, part := range strings.Split(name[1:], "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}
