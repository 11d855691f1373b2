package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

const (
	// mirrorPatience bounds one attempt to bring a copy up to date, awaitPatience the wait for an intent to be in enough copies, and
	// closePatience the wait for the rest at the end.
	mirrorPatience = 30 * time.Second
	awaitPatience  = 20 * time.Second
	closePatience  = 10 * time.Second
	// retryAfter is how long a host is left alone on which the last attempt failed.
	retryAfter = 3 * time.Second
	// linger is how long a record that nobody awaits may wait for the next one, so that both are written at once.
	linger = 250 * time.Millisecond
)

// Mirror keeps a copy of the run's journal in its folder on each host, from the moment that the folder is there. It implements
// executor.Mirror. An intent is on a majority of the hosts before the world is touched, as far as so many can be reached; only the commit
// is not made without.
type Mirror struct {
	Folders Locator
	// Hosts are the schedulers of the plan.
	Hosts []string
	// Note tells the operator what is worth a word.
	Note func(text string)

	mu      sync.Mutex
	records []executor.Record
	term    int
	copies  []*target
	// changed is closed and made anew whenever a copy has come further or failed.
	changed chan struct{}
	noted   bool
	stop    context.CancelFunc
	workers sync.WaitGroup
}

// target is the copy on one host.
type target struct {
	host string
	// step is the id of the step that makes the run's folder there, empty where the plan has none; ready says that it is made.
	step  string
	ready bool
	// sent is how many records of the term are in the copy; unknown says that it can't be told and all must be written.
	sent    int
	unknown bool
	// failed is when, and failure why, the last attempt failed.
	failed  time.Time
	failure error
	wake    chan struct{}
}

// Attach compares the copies with the journal. A copy that has more than the journal, or something else, is an error: the run was taken up
// elsewhere, or the journal is an old one.
func (m *Mirror) Attach(ctx context.Context, records []executor.Record) error {
	m.records = append([]executor.Record(nil), records...)
	m.term, m.changed = termOf(records), make(chan struct{})
	errs := make([]error, len(m.Hosts))
	var wg sync.WaitGroup
	for i, name := range m.Hosts {
		t := &target{host: name, unknown: true, wake: make(chan struct{}, 1)}
		m.copies = append(m.copies, t)
		wg.Go(func() { errs[i] = m.compare(ctx, t) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i := range records {
		m.follow(&records[i])
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	m.stop = stop
	for _, t := range m.copies {
		m.workers.Go(func() { m.work(life, t) })
		t.nudge()
	}
	return nil
}

// compare looks at the copy on a host. A host that can't be reached, or whose copy is damaged, is not compared: its copy is written anew
// where it has not a higher term.
func (m *Mirror) compare(ctx context.Context, t *target) error {
	ctx, cancel := context.WithTimeout(ctx, mirrorPatience)
	defer cancel()
	f, err := m.Folders.Folder(ctx, t.host)
	var c Copy
	there := false
	if err == nil {
		c, there, err = f.Copy(ctx)
	}
	switch {
	case err != nil:
		m.Note(fmt.Sprintf("%s: the copy of the journal could not be looked at: %v", t.host, err))
		t.failed, t.failure = time.Now(), err
		if c.Term <= m.term {
			return nil
		}
	case !there:
		return nil
	}
	switch {
	case c.Term > m.term:
		return fmt.Errorf("the run was taken over since this journal was written: %s; nothing was done: `restorectl adopt` takes it back", adoption(&c, t.host))
	case c.Term == m.term && !c.begins(m.records):
		return fmt.Errorf("the journal is not the run's latest: the copy on %s has %d events, of which this one has not all; nothing was done: `restorectl adopt` goes on from the copy",
			t.host, len(c.Records))
	case c.Term == m.term && !c.Torn:
		t.sent, t.unknown = len(c.Records), false
	}
	return nil
}

// adoption says who took a run over.
func adoption(c *Copy, on string) string {
	for i := len(c.Records) - 1; i >= 0; i-- {
		if r := &c.Records[i]; r.Kind == executor.EventAdopt {
			return fmt.Sprintf("by %s from %s at %s", r.By, r.From, r.Time.UTC().Format(time.RFC3339))
		}
	}
	return "as the copy on " + on + " says"
}

// Add takes a further record.
func (m *Mirror) Add(r executor.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.records = append(m.records, r)
	m.follow(&r)
	for _, t := range m.copies {
		if r.Kind == executor.EventIntent || r.Kind == executor.EventAdopt {
			t.nudge()
		} else {
			time.AfterFunc(linger, t.nudge)
		}
	}
}

// follow learns from a record where the run has a folder, and when a new term begins.
func (m *Mirror) follow(r *executor.Record) {
	if r.Kind == executor.EventBegin && r.Body != nil {
		for _, s := range r.Body.Steps() {
			for _, t := range m.copies {
				if s.Action.Run != nil && s.Action.Run.Op == planner.OpOpen && s.Host == t.host {
					t.step = s.ID
				}
			}
		}
	}
	term := termOf(m.records[:r.Seq])
	for _, t := range m.copies {
		t.ready = t.ready || t.step != "" && r.Kind == executor.EventResult && r.Step == t.step
		if term > m.term {
			t.sent, t.unknown = 0, true
		}
	}
	m.term = max(m.term, term)
}

func (t *target) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// work brings a host's copy up to date, whenever there is more.
func (m *Mirror) work(ctx context.Context, t *target) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.wake:
		}
		m.mu.Lock()
		rest, sent, whole, term := m.records, t.sent, t.unknown, m.term
		idle := !t.ready || !whole && sent == len(rest) || time.Since(t.failed) < retryAfter
		m.mu.Unlock()
		if idle {
			continue
		}
		if whole {
			sent = 0
		}
		err := m.bring(ctx, t.host, term, textOf(rest[sent:]), whole)
		m.mu.Lock()
		switch {
		case err != nil:
			t.unknown, t.failed, t.failure = true, time.Now(), err
		case term == m.term:
			t.sent, t.unknown, t.failed, t.failure = len(rest), false, time.Time{}, nil
		}
		if t.sent < len(m.records) {
			t.nudge()
		}
		close(m.changed)
		m.changed = make(chan struct{})
		m.mu.Unlock()
	}
}

// bring writes into a host's copy: all of it, or what is missing.
func (m *Mirror) bring(ctx context.Context, name string, term int, text []byte, whole bool) error {
	ctx, cancel := context.WithTimeout(ctx, mirrorPatience)
	defer cancel()
	f, err := m.Folders.Folder(ctx, name)
	if err != nil {
		return err
	}
	if !whole {
		return host.Append(ctx, f.Host, f.copyPath(term), text)
	}
	return host.WriteFile(ctx, f.Host, f.copyPath(term), text, host.FileInfo{Mode: fs.FileMode(0o600)})
}

// Await waits until a record is in the copies on a majority of the hosts on which the run has a folder, or can't be at present. That is an
// error where the record is the intent of the commit.
func (m *Mirror) Await(r executor.Record) error {
	if m.await(r.Seq, awaitPatience, func(have, ready, all int) bool { return have > all/2 }) {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	missing := m.missing(r.Seq)
	if r.Kind == executor.EventIntent && r.Step == planner.CommitStep {
		return fmt.Errorf("the commit can't be taken back, so its intent must be on a majority of the hosts before it is sent, and it is not on %s; nothing was sent: see that they can be reached", missing)
	}
	if missing != "" && !m.noted {
		m.noted = true
		m.Note("the journal is not copied to " + missing + "; the run goes on without")
	}
	return nil
}

// Close lets the copies have the rest, for a limited time.
func (m *Mirror) Close() {
	if m.stop == nil {
		return
	}
	for _, t := range m.copies {
		t.nudge()
	}
	m.await(len(m.records), closePatience, func(have, ready, _ int) bool { return have == ready })
	m.stop()
	m.workers.Wait()
}

// await waits until enough copies have so many records; false says that those which have not can't have them at present.
func (m *Mirror) await(seq int, patience time.Duration, enough func(have, ready, all int) bool) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		m.mu.Lock()
		have, ready, all, pending := 0, 0, 0, 0
		for _, t := range m.copies {
			if t.step == "" {
				continue
			}
			all++
			switch {
			case !t.ready:
				continue
			case !t.unknown && t.sent >= seq:
				have++
			case t.failure == nil:
				pending++
			}
			ready++
		}
		changed := m.changed
		m.mu.Unlock()
		if enough(have, ready, all) {
			return true
		}
		if pending == 0 {
			return false
		}
		select {
		case <-timer.C:
			return false
		case <-changed:
		}
	}
}

// missing names the hosts that have a folder and not so many records, and why.
func (m *Mirror) missing(seq int) string {
	var names []string
	for _, t := range m.copies {
		if t.step == "" || !t.ready || !t.unknown && t.sent >= seq {
			continue
		}
		why := "no answer yet"
		if t.failure != nil {
			why = t.failure.Error()
		}
		names = append(names, fmt.Sprintf("%s (%s)", t.host, why))
	}
	return strings.Join(names, ", ")
}
