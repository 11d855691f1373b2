package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interruptible gives a channel that the first interrupt closes, and a context that the second one cancels.
func interruptible(stderr io.Writer) (ctx context.Context, stop <-chan struct{}, release func()) {
	ctx, cancel := context.WithCancel(context.Background())
	first := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		// There is nobody to tell when even this fails.
		_, _ = fmt.Fprintln(stderr, "\nInterrupted: a running step is finished first. Interrupt again to stop at once; a run can be resumed after both.")
		close(first)
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, first, func() {
		signal.Stop(signals)
		cancel()
		wg.Wait()
	}
}
