package scheduler

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/aurora/logentry"
	"github.com/restorectl/restorectl/providers/sandbox/disk"
	"github.com/restorectl/restorectl/providers/sandbox/netfilter"
	"github.com/restorectl/restorectl/providers/sandbox/replog"
)

// errNotReady is what a scheduler says whose storage can't be used: a follower, or a leader that has not read its log.
var errNotReady = errors.New("Storage is not READY")

// complainEvery is how often a leader says that its log was never initialised.
const complainEvery = 5 * time.Second

// openLog opens the replica, which may fail as on a real host, and lets it find the others.
func (p *process) openLog() error {
	members := func(context.Context) ([]string, error) { return p.members() }
	log, err := replog.Open(replog.Options{
		Path: p.flags.text("native_log_file_path"), Listen: p.around.native, Quorum: p.flags.number("native_log_quorum_size"),
		Members: members, Logf: p.out.native, Room: p.room,
		Wrap: func(l net.Listener) net.Listener { return netfilter.Wrap(l, p.around.filter) },
	})
	if err != nil {
		return err
	}
	p.log = log
	p.out.native("Attempting to join replica to ZooKeeper group")
	p.background(p.joinGroup)
	p.background(func() {
		if log.Recover(p.life) == nil {
			p.out.native("Replica is in VOTING status")
		}
	})
	return nil
}

// room is the error of whoever writes to the host's disk now.
func (p *process) room() error {
	if p.around.disk == "" {
		return nil
	}
	return disk.Room(p.around.disk)
}

// joinGroup keeps the replica in the group of replicas for as long as the process lives.
func (p *process) joinGroup() {
	for p.life.Err() == nil {
		s, err := connect(p.life, p.flags.list("zk_endpoints"), p.flags.duration("zk_session_timeout"), p.flags.text("zk_digest_credentials"))
		if err != nil {
			return
		}
		p.group.Store(s)
		// The library does not know the scheduler's chroot.
		if _, err := s.join(p.flags.text("native_log_zk_group_path"), "", []byte("log-replica(1)@"+p.around.native)); err != nil {
			p.out.native("ZooKeeper group can't be joined: %v", err)
		}
		select {
		case <-s.over:
			s.close()
		case <-p.life.Done():
			return
		}
	}
}

// members gives the addresses of the replicas in the group.
func (p *process) members() ([]string, error) {
	s := p.group.Load()
	if s == nil {
		return nil, errors.New("the group of replicas is not known yet")
	}
	folder := p.flags.text("native_log_zk_group_path")
	names, _, err := s.conn.Children(folder)
	if err != nil {
		return nil, err
	}
	var members []string
	for _, name := range names {
		data, _, err := s.conn.Get(folder + "/" + name)
		if err != nil {
			continue // It has left.
		}
		if _, address, ok := strings.Cut(string(data), "@"); ok {
			members = append(members, address)
		}
	}
	return members, nil
}

// lead reads the log and goes on until the scheduler is ACTIVE, or DEAD.
func (p *process) lead() {
	if err := p.readLog(); err != nil {
		if p.service.Err() == nil {
			p.shutdown(fmt.Sprintf("Failed to start storage: %v", err))
		}
		return
	}
	p.background(p.register)
	delay := p.flags.values["max_registration_delay"]
	p.out.info("LeaderSelector-0", "SchedulerLifecycle", "Giving up on registration in %s", delay)
	p.after(p.flags.duration("max_registration_delay"), func() {
		if p.lifecycleNow() == awaitingRegistration {
			p.shutdown("Framework has not been registered within the tolerated delay.")
		}
	})
	p.after(p.flags.duration("max_leading_duration"), func() { p.shutdown("Triggering automatic failover.") })
}

// after calls f later, unless the scheduler is DEAD by then.
func (p *process) after(delay time.Duration, f func()) {
	p.background(func() {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			f()
		case <-p.service.Done():
		}
	})
}

// readLog becomes the log's writer and reads all of it.
func (p *process) readLog() error {
	p.out.native("Attempting to start the writer")
	patience := time.Duration(p.flags.number("native_log_election_retries")) * p.flags.duration("native_log_election_timeout")
	ctx, cancel := context.WithTimeout(p.service, patience)
	defer cancel()
	elected := make(chan struct{})
	p.background(func() { p.complain(elected) })
	writer, err := p.log.Elect(ctx)
	close(elected)
	if err != nil {
		return err
	}
	p.out.native("Writer started with ending position %d", p.log.End())
	entries, err := p.log.Entries()
	if err != nil {
		return err
	}
	r := logentry.NewReader()
	for _, e := range entries {
		if err := r.Read(e.Bytes); err != nil {
			return fmt.Errorf("position %d of the log: %w", e.Position, err)
		}
	}
	r.Close()
	noop, err := logentry.Noop()
	if err != nil {
		return err
	}
	if _, err := writer.Append(ctx, noop); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.store, p.writer, p.ready = r.Store, writer, true
	p.out.info("LeaderSelector-0", "StateMachine", "storage state machine transition PREPARED -> READY")
	return nil
}

// complain says again and again that the log was not initialised, while that keeps the writer from its work.
func (p *process) complain(elected <-chan struct{}) {
	ticker := time.NewTicker(complainEvery)
	defer ticker.Stop()
	for {
		select {
		case <-elected:
			return
		case <-p.service.Done():
			return
		case <-ticker.C:
			if p.log.Status() == "EMPTY" {
				p.out.native("Replicated log has not been initialized. Did you forget to manually initialize the log (%s)?", p.flags.text("native_log_file_path"))
			}
		}
	}
}

// view calls f with the store.
func (p *process) view(f func(*aurora.Store)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ready {
		return errNotReady
	}
	f(p.store)
	return nil
}

// change writes the operations that f makes of the store to the log, and applies them. A scheduler that can't write ends.
func (p *process) change(f func(*aurora.Store) []aurora.Op) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ready {
		return errNotReady
	}
	ops := f(p.store)
	if len(ops) == 0 {
		return nil
	}
	payloads, err := logentry.Transaction(ops, p.flags.bytes("dlog_max_entry_size"))
	if err != nil {
		return err
	}
	if _, err := p.append(payloads); err != nil {
		return err
	}
	for i := range ops {
		p.store.Apply(&ops[i])
	}
	return nil
}

// append writes payloads to the log, with the lock held, and gives the first one's position.
func (p *process) append(payloads [][]byte) (uint64, error) {
	ctx, cancel := context.WithTimeout(p.service, p.flags.duration("native_log_write_timeout"))
	defer cancel()
	first := uint64(0)
	for i, payload := range payloads {
		position, err := p.writer.Append(ctx, payload)
		if err != nil {
			p.lostLog(err)
			return 0, err
		}
		if i == 0 {
			first = position
		}
		p.counts.entries++
	}
	return first, nil
}

// snapshot writes the whole state, with the lock held, and cuts off what was before it.
func (p *process) snapshot(s *aurora.Snapshot) error {
	payloads, err := logentry.Snapshot(s, p.flags.bytes("dlog_max_entry_size"))
	if err != nil {
		return err
	}
	first, err := p.append(payloads)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.service, p.flags.duration("native_log_write_timeout"))
	defer cancel()
	if err := p.writer.Truncate(ctx, first); err != nil {
		p.lostLog(err)
		return err
	}
	p.counts.snapshots++
	return nil
}

// lostLog ends a scheduler whose log has another writer, or no quorum.
func (p *process) lostLog(err error) {
	p.ready = false
	if p.service.Err() == nil {
		p.background(func() { p.shutdown(fmt.Sprintf("Failed to write to the log: %v", err)) })
	}
}

// takeSnapshot writes the present state to the log.
func (p *process) takeSnapshot() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ready {
		return errNotReady
	}
	return p.snapshot(p.now())
}

// now is the present state, with the lock held.
func (p *process) now() *aurora.Snapshot {
	s := p.store.Snapshot()
	s.Timestamp = time.Now().UnixMilli()
	return s
}
