package session

import (
	"context"
	"sync"
	"time"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/executor"
	"github.com/restorectl/restorectl/planner"
)

// gate asks the question of a gate. It says how long the leader will wait for the answer, and says it again and again while the person
// thinks, more often as the time runs out.
func (s *Session) gate(ctx context.Context, step planner.Step, journal *executor.Journal, progress *render.Progress) error {
	question := render.Printable(step.Action.Gate.Message)
	end, ok := executor.NewHistory(journal.Events()).Deadline()
	if !ok {
		return s.Ask(ctx, question+" Go on?")
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { s.countDown(ctx, end, progress) })
	err := s.Ask(ctx, question+" "+render.Deadline(end, s.Now())+". Go on?")
	cancel()
	wg.Wait()
	return err
}

// countDown tells how much time is left until ctx ends or none is.
func (s *Session) countDown(ctx context.Context, end time.Time, progress *render.Progress) {
	for left := end.Sub(s.Now()); left > 0; {
		timer := time.NewTimer(untilNextWord(left))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			now := s.Now()
			left = end.Sub(now)
			progress.Note("", render.Deadline(end, now))
		}
	}
}

// untilNextWord is how long to be silent with so much time left: until the next full half hour, five minutes, minute or ten seconds.
func untilNextWord(left time.Duration) time.Duration {
	every := 10 * time.Second
	switch {
	case left > time.Hour:
		every = 30 * time.Minute
	case left > 10*time.Minute:
		every = 5 * time.Minute
	case left > time.Minute:
		every = time.Minute
	}
	if rest := left % every; rest > 0 {
		return rest
	}
	return every
}
