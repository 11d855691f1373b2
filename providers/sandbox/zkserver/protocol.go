package zkserver

// The numbers of ZooKeeper's client protocol, from its public documentation and client libraries.

type opcode int32

const (
	opCreate       opcode = 1
	opDelete       opcode = 2
	opExists       opcode = 3
	opGetData      opcode = 4
	opSetData      opcode = 5
	opGetACL       opcode = 6
	opSetACL       opcode = 7
	opGetChildren  opcode = 8
	opSync         opcode = 9
	opPing         opcode = 11
	opGetChildren2 opcode = 12
	opAuth         opcode = 100
	opSetWatches   opcode = 101
	opCloseSession opcode = -11
)

// code is the outcome of a request.
type code int32

const (
	codeOK                      code = 0
	codeMarshalling             code = -5
	codeUnimplemented           code = -6
	codeBadArguments            code = -8
	codeNoNode                  code = -101
	codeNoAuth                  code = -102
	codeBadVersion              code = -103
	codeNoChildrenForEphemerals code = -108
	codeNodeExists              code = -110
	codeNotEmpty                code = -111
	codeInvalidACL              code = -114
	codeAuthFailed              code = -115
)

type eventType int32

const (
	eventCreated         eventType = 1
	eventDeleted         eventType = 2
	eventDataChanged     eventType = 3
	eventChildrenChanged eventType = 4
)

// event tells a watcher what happened to a node.
type event struct {
	kind eventType
	path string
}

const (
	flagEphemeral  = 1
	flagSequential = 2

	// anyVersion in a request means that the version is not compared.
	anyVersion = -1
	// xidEvent marks a frame that is an event, not a reply.
	xidEvent = -1
	// stateSyncConnected is the session state that goes with every event.
	stateSyncConnected = 3
	passwordSize       = 16
)

// eventFrame is the message that delivers ev.
func eventFrame(ev event) []byte {
	e := &encoder{}
	e.int32(xidEvent)
	e.int64(-1)
	e.int32(int32(codeOK))
	e.int32(int32(ev.kind))
	e.int32(stateSyncConnected)
	e.string(ev.path)
	return e.frame()
}
