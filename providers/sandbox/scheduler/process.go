package scheduler

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/sandbox/master"
	"github.com/restorectl/restorectl/providers/sandbox/replog"
)

// lifecycle is a scheduler's state, by the name in its gauges.
type lifecycle string

const (
	idle                 lifecycle = "IDLE"
	preparingStorage     lifecycle = "PREPARING_STORAGE"
	storagePrepared      lifecycle = "STORAGE_PREPARED"
	awaitingRegistration lifecycle = "LEADER_AWAITING_REGISTRATION"
	active               lifecycle = "ACTIVE"
	dead                 lifecycle = "DEAD"
)

var lifecycles = []lifecycle{idle, preparingStorage, storagePrepared, awaitingRegistration, active, dead}

// process is a scheduler. Its parts are in files of their own: the log, the election, the driver, the recovery, and the HTTP server.
type process struct {
	flags   *flags
	out     *console
	around  surroundings
	started time.Time

	// life ends with the process; service ends when the scheduler is DEAD, which its log and its process outlive.
	life    context.Context
	service context.Context
	end     context.CancelFunc
	die     context.CancelFunc
	work    sync.WaitGroup

	listener net.Listener
	server   *http.Server
	log      *replog.Replica
	// group is the log's session with ZooKeeper, which the log asks for while the lock below is held.
	group atomic.Pointer[session]

	// launching is held while tasks are given to agents: a reconciliation in between would take them for lost.
	launching sync.Mutex

	mu         sync.Mutex // Guards what follows.
	election   *session   // The scheduler's own.
	state      lifecycle
	ready      bool // The storage may be read and written.
	store      *aurora.Store
	writer     *replog.Writer
	staged     *aurora.Store
	driver     *master.Driver
	registered bool
	counts     counts
}

// counts are what gauges count.
type counts struct {
	backups, backupFailures, entries, snapshots int
	responses                                   map[aurora.ResponseCode]int
}

func newProcess(ctx context.Context, f *flags, out *console, around surroundings) *process {
	p := &process{flags: f, out: out, around: around, started: time.Now(), state: idle, store: aurora.NewStore()}
	p.counts.responses = map[aurora.ResponseCode]int{}
	p.life, p.end = context.WithCancel(ctx)
	p.service, p.die = context.WithCancel(p.life)
	return p
}

// background runs f beside the rest. Close waits for it.
func (p *process) background(f func()) { p.work.Go(f) }

// become changes the state, and says whether it was not DEAD already.
func (p *process) become(next lifecycle) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == dead {
		return false
	}
	p.out.info("main", "StateMachine", "SchedulerLifecycle state machine transition %s -> %s", p.state, next)
	p.state = next
	return true
}

// lifecycleNow is the present state.
func (p *process) lifecycleNow() lifecycle {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// shutdown makes the scheduler DEAD, as after a commit, a registration that did not come, or a lost election: it gives up its nodes in
// ZooKeeper and its port and lets go of the master, but the process and its replica live on.
func (p *process) shutdown(why string) {
	if !p.become(dead) {
		return
	}
	if why != "" {
		p.out.say('E', "main", "SchedulerLifecycle", "%s", why)
	}
	p.background(func() {
		p.leave()
		p.out.info("main", "SchedulerMain", "Application run() exited.")
	})
}

// leave ends everything but the process and its replica.
func (p *process) leave() {
	p.die()
	p.mu.Lock()
	driver, election := p.driver, p.election
	p.driver, p.ready, p.registered = nil, false, false
	p.mu.Unlock()
	if driver != nil {
		driver.Close()
	}
	if p.server != nil {
		// Who is being answered gets the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.service), time.Second)
		defer cancel()
		if p.server.Shutdown(ctx) != nil {
			_ = p.server.Close() // There is nothing else to close.
		}
	}
	if election != nil {
		election.close()
	}
}

// close ends the process' work.
func (p *process) close() error {
	p.end()
	p.leave()
	p.work.Wait()
	var errs []error
	if group := p.group.Load(); group != nil {
		group.close()
	}
	if p.log != nil {
		errs = append(errs, p.log.Close())
	}
	return errors.Join(errs...)
}
