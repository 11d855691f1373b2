package scheduler

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

// memberData is what an advertised scheduler says of itself.
type memberData struct {
	ServiceEndpoint     endpoint            `json:"serviceEndpoint"`
	AdditionalEndpoints map[string]endpoint `json:"additionalEndpoints"`
	Status              string              `json:"status"`
}

type endpoint struct {
	Host string `json:"host"`
	Port int    `json:"port"`
}

// serverset is the folder of the election and of the advertised leader.
func (p *process) serverset() string {
	return path.Join("/", p.flags.text("zk_chroot_path"), p.flags.text("serverset_path"))
}

// hostname is what is advertised.
func (p *process) hostname() string {
	if h := p.flags.text("hostname"); h != "" {
		return h
	}
	host, _, _ := net.SplitHostPort(p.around.native) // Always host:port.
	return host
}

// candidate takes part in the election until the scheduler is DEAD, and leads when it is its turn.
func (p *process) candidate() {
	s, err := connect(p.service, p.flags.list("zk_endpoints"), p.flags.duration("zk_session_timeout"), p.flags.text("zk_digest_credentials"))
	if err != nil {
		if p.service.Err() == nil {
			p.shutdown(err.Error())
		}
		return
	}
	p.mu.Lock()
	p.election = s
	p.mu.Unlock()
	if p.service.Err() != nil {
		s.close()
		return
	}
	node, err := s.join(p.serverset(), "_c_"+uuid()+"-lock-", []byte(p.hostname()))
	if err != nil {
		p.shutdown(err.Error())
		return
	}
	if !p.awaitTurn(s, node) || !p.become(awaitingRegistration) {
		return
	}
	p.out.info("LeaderSelector-0", "SchedulerLifecycle", "Elected as leading scheduler!")
	p.background(func() {
		select {
		case <-s.over:
			p.shutdown("Lost leadership, committing suicide.")
		case <-p.service.Done():
		}
	})
	p.lead()
}

// awaitTurn waits until no candidate is before the node. It looks again and again: the client reads what its watches are about, when it
// connects again, while it receives already, which the race detector takes ill.
func (p *process) awaitTurn(s *session, node string) bool {
	for {
		before, err := predecessor(s, p.serverset(), node)
		if err == nil && before == "" {
			return true
		}
		select {
		case <-time.After(lookAgain):
		case <-s.over:
			p.shutdown("Lost leadership, committing suicide.")
			return false
		case <-p.service.Done():
			return false
		}
	}
}

// predecessor is the candidate right before the node, empty where the node is the first.
func predecessor(s *session, folder, node string) (string, error) {
	names, _, err := s.conn.Children(folder)
	if err != nil {
		return "", err
	}
	own, found := sequence(node), ""
	for _, name := range names {
		if n := sequence(name); strings.Contains(name, "-lock-") && n < own && (found == "" || n > sequence(found)) {
			found = name
		}
	}
	return found, nil
}

// sequence is the number at the end of a node's name.
func sequence(name string) int64 {
	n, err := strconv.ParseInt(name[strings.LastIndexAny(name, "-_")+1:], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// advertise tells the cluster's clients where the leader is. It waits while ZooKeeper is out of reach.
func (p *process) advertise() error {
	here := endpoint{p.hostname(), p.port()}
	data, err := json.Marshal(memberData{here, map[string]endpoint{p.flags.text("serverset_endpoint_name"): here}, "ALIVE"})
	if err != nil {
		return err
	}
	for {
		_, err := p.election.join(p.serverset(), "member_", data)
		if err == nil || errors.Is(err, zk.ErrNoAuth) {
			return err
		}
		select {
		case <-time.After(lookAgain):
		case <-p.election.over:
			return err
		case <-p.service.Done():
			return err
		}
	}
}

// advertised is where the advertised leader is, empty where there is none.
func (p *process) advertised() string {
	p.mu.Lock()
	s := p.election
	p.mu.Unlock()
	if s == nil {
		return ""
	}
	names, _, err := s.conn.Children(p.serverset())
	if err != nil {
		return ""
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "member_") {
			continue
		}
		data, _, err := s.conn.Get(path.Join(p.serverset(), name))
		var m memberData
		if err == nil && json.Unmarshal(data, &m) == nil {
			return net.JoinHostPort(m.ServiceEndpoint.Host, strconv.Itoa(m.ServiceEndpoint.Port))
		}
	}
	return ""
}

// self is this scheduler's address as it would be advertised.
func (p *process) self() string { return net.JoinHostPort(p.hostname(), strconv.Itoa(p.port())) }

// uuid is a random UUID (version 4).
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // Never fails.
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
