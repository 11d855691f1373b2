package hostsim

import (
	"bufio"
	"context"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// answering listens at an address, answers each line that it gets, and remembers it.
func answering(t *testing.T, address string) (port int, heard func() []string) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var lines []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(c).ReadString('\n')
			mu.Lock()
			lines = append(lines, strings.TrimSpace(line))
			mu.Unlock()
			_, _ = c.Write([]byte("done\n")) // Whoever asked may be cut off.
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close() // It ends the loop.
		<-done
	})
	_, text, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if port, err = strconv.Atoi(text); err != nil {
		t.Fatal(err)
	}
	return port, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), lines...)
	}
}

// TestLoseAnswer checks that the marked request is carried out, that nobody gets its answer, and that others are let through.
func TestLoseAnswer(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	port, heard := answering(t, w.opts.Address)
	ask := func(what string) (string, error) {
		c, err := w.dial().Dial("tcp", net.JoinHostPort("localhost", strconv.Itoa(port)))
		if err != nil {
			return "", err
		}
		if _, err := c.Write([]byte(what + "\n")); err != nil {
			return "", err
		}
		return bufio.NewReader(c).ReadString('\n')
	}
	called := make(chan struct{}, 2)
	if err := w.LoseAnswer("commit", func() { called <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	if answer, err := ask("look"); err != nil || answer != "done\n" {
		t.Errorf("another request got %q, %v", answer, err)
	}
	if answer, err := ask("commit"); err == nil {
		t.Errorf("the answer came through: %q", answer)
	}
	select {
	case <-called:
	default:
		t.Error("the trap was not sprung")
	}
	if got := strings.Join(heard(), " "); got != "look commit" {
		t.Errorf("carried out: %s", got)
	}
	if answer, err := ask("commit"); err != nil || answer != "done\n" || len(called) != 0 {
		t.Errorf("the second one got %q, %v", answer, err)
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	w := boot(t, nil)
	c := w.dial()
	const delay = 100 * time.Millisecond
	if err := w.Slow(delay); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if out, _, err := w.exec(c, "echo late", ""); err != nil || out != "late\n" || time.Since(began) < delay {
		t.Errorf("%q, %v, after %s", out, err, time.Since(began))
	}
	if err := w.Slow(0); err != nil {
		t.Fatal(err)
	}
	w.PowerOff()
	if err := w.Slow(delay); err == nil {
		t.Error("a host that is down can be slow")
	}
}
