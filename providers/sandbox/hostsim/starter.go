package hostsim

import (
	"errors"
	"os/exec"
	"runtime"
)

// errHalted says that the host is down.
var errHalted = errors.New("the host is down")

// starter starts processes from one thread, since the kernel kills them when that thread, and not when the whole program, ends.
type starter struct {
	work chan func()
	quit chan struct{}
	done chan struct{}
}

func newStarter() *starter {
	s := &starter{work: make(chan func()), quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		// Never unlocked: the thread ends with this function, and what it started with the thread.
		runtime.LockOSThread()
		for {
			select {
			case f := <-s.work:
				f()
			case <-s.quit:
				return
			}
		}
	}()
	return s
}

// start starts a command in a process group of its own, to die with the sandbox.
func (s *starter) start(c *exec.Cmd) error {
	c.SysProcAttr = attributes()
	started := make(chan error, 1)
	select {
	case s.work <- func() { started <- c.Start() }:
		return <-started
	case <-s.done:
		return errHalted
	}
}

// stop ends the thread.
func (s *starter) stop() {
	close(s.quit)
	<-s.done
}
