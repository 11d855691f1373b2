package master

import (
	"encoding/json"
	"errors"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// lookAgain is how often the master looks whether its node needs to be made, and a driver whether there is a master.
const lookAgain = 50 * time.Millisecond

// advert keeps the master's node in ZooKeeper: an ephemeral one, made anew whenever a session is new.
type advert struct {
	address zkAddress
	data    []byte
	conn    *zk.Conn
	stop    chan struct{}
	once    sync.Once
	running sync.WaitGroup
}

func advertise(address string, info masterInfo) (*advert, error) {
	parsed, err := parseZKAddress(address)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(info)
	if err != nil {
		return nil, err
	}
	conn, events, err := parsed.connect()
	if err != nil {
		return nil, err
	}
	a := &advert{address: parsed, data: data, conn: conn, stop: make(chan struct{})}
	a.running.Go(func() { a.keep(events) })
	return a, nil
}

// withdraw ends the session, and with it the node.
func (a *advert) withdraw() {
	a.once.Do(func() {
		close(a.stop)
		a.conn.Close()
	})
	a.running.Wait()
}

func (a *advert) keep(events <-chan zk.Event) {
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	var published int64
	for {
		if session := a.conn.SessionID(); a.conn.State() == zk.StateHasSession && session != published {
			if a.publish() == nil {
				published = session
			}
		}
		select {
		case <-a.stop:
			return
		case <-ticker.C:
		case _, open := <-events:
			if !open {
				return
			}
		}
	}
}

func (a *advert) publish() error {
	if err := a.address.authenticate(a.conn); err != nil {
		return err
	}
	open := zk.WorldACL(zk.PermAll)
	for folder := "/"; folder != a.address.path; {
		rest := strings.TrimPrefix(strings.TrimPrefix(a.address.path, folder), "/")
		next, _, _ := strings.Cut(rest, "/")
		folder = path.Join(folder, next)
		if _, err := a.conn.Create(folder, nil, 0, open); err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return err
		}
	}
	_, err := a.conn.Create(a.address.path+"/"+nodePrefix, a.data, zk.FlagEphemeralSequential, open)
	return err
}
