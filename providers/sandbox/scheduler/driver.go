package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/sandbox/master"
)

// callTime bounds one call to the Mesos master, reconnectAfter is the pause after a lost connection.
const (
	callTime       = 10 * time.Second
	reconnectAfter = time.Second
)

// register registers with the Mesos master, and again when it was lost, until the scheduler is DEAD.
func (p *process) register() {
	address := p.flags.text("mesos_master_address")
	p.out.info("SchedulerDriverService STARTING", "SchedulerDriverService", "Connecting to mesos master: %s", address)
	p.out.warn("SchedulerDriverService STARTING", "SchedulerDriverService", "Connecting to master without authentication!")
	if id := p.frameworkID(); id == "" {
		p.out.warn("SchedulerDriverService STARTING", "SchedulerDriverService", "Did not find a persisted framework ID, connecting as a new framework.")
	} else {
		p.out.info("SchedulerDriverService STARTING", "SchedulerDriverService", "Found persisted framework ID: Optional[%s]", id)
	}
	p.out.info("SchedulerDriverService STARTING", "SchedulerDriverService", "Driver started with code DRIVER_RUNNING")
	for p.service.Err() == nil {
		err := p.registerOnce(address)
		var refused *master.RefusedError
		if errors.As(err, &refused) {
			p.shutdown("Received error message: " + refused.Message)
			return
		}
		select {
		case <-p.service.Done():
		case <-time.After(reconnectAfter):
		}
	}
}

func (p *process) frameworkID() (id string) {
	_ = p.view(func(s *aurora.Store) { id = s.Metadata.FrameworkID }) // Storage that is gone has none.
	return id
}

// registerOnce registers and serves the master until the connection ends.
func (p *process) registerOnce(address string) error {
	found, err := master.Detect(p.service, address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(p.service, callTime)
	defer cancel()
	d, err := master.Connect(ctx, found, master.FrameworkInfo{
		ID: p.frameworkID(), Name: p.flags.text("framework_name"), User: p.flags.text("executor_user"), Hostname: p.hostname(),
		FailoverTimeout: p.flags.duration("framework_failover_timeout"),
	})
	if err != nil {
		return err
	}
	defer d.Close()
	if !p.hold(d) {
		return p.service.Err()
	}
	p.out.info("MesosDriver", "MesosCallbackHandler$MesosCallbackHandlerImpl", `Registered with ID value: "%s"`, d.FrameworkID())
	if err := p.registeredWith(d); err != nil {
		return err
	}
	for status := range d.Updates() {
		p.update(d, status)
	}
	p.mu.Lock()
	p.registered = false
	p.mu.Unlock()
	p.out.warn("MesosDriver", "MesosCallbackHandler$MesosCallbackHandlerImpl", "Framework disconnected.")
	return d.Err()
}

// hold keeps the driver, so that shutdown closes it.
func (p *process) hold(d *master.Driver) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == dead {
		return false
	}
	p.driver, p.registered = d, true
	return true
}

// registeredWith keeps the framework's id, and the first time makes the scheduler ACTIVE.
func (p *process) registeredWith(d *master.Driver) error {
	err := p.change(func(s *aurora.Store) []aurora.Op {
		if s.Metadata.FrameworkID == d.FrameworkID() {
			return nil
		}
		return []aurora.Op{{SaveFrameworkID: &aurora.SaveFrameworkID{ID: d.FrameworkID()}}}
	})
	if err != nil || p.lifecycleNow() == active {
		return err
	}
	if !p.become(active) {
		return p.service.Err()
	}
	if err := p.advertise(); err != nil {
		p.shutdown("Failed to advertise leader, shutting down.")
		return err
	}
	// The updates of what is launched here wait in the driver.
	p.background(p.launchPending)
	p.every(p.flags.duration("reconciliation_initial_delay"), p.flags.duration("reconciliation_explicit_interval"), p.reconcileExplicitly)
	p.every(p.flags.duration("reconciliation_initial_delay")+p.flags.duration("reconciliation_schedule_spread"),
		p.flags.duration("reconciliation_implicit_interval"), p.reconcileImplicitly)
	p.every(p.flags.duration("dlog_snapshot_interval"), p.flags.duration("dlog_snapshot_interval"), func() { _ = p.takeSnapshot() })
	p.every(p.flags.duration("backup_interval"), p.flags.duration("backup_interval"), func() { _ = p.backup() })
	return nil
}

// every calls f after first, and then at every interval, until the scheduler is DEAD.
func (p *process) every(first, interval time.Duration, f func()) {
	p.after(first, func() {
		for p.service.Err() == nil {
			f()
			select {
			case <-p.service.Done():
			case <-time.After(interval):
			}
		}
	})
}

// call makes a call to the master where one is connected. What it does not hear, the next reconciliation tells it.
func (p *process) call(do func(ctx context.Context, d *master.Driver) error) {
	p.mu.Lock()
	d := p.driver
	p.mu.Unlock()
	if d == nil {
		return
	}
	ctx, cancel := context.WithTimeout(p.service, callTime)
	defer cancel()
	if err := do(ctx, d); err != nil {
		p.out.warn("MesosDriver", "DriverImpl", "%v", err)
	}
}
