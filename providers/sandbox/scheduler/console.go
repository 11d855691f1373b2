package scheduler

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// console is a scheduler's standard error: lines of the JVM's logger and, between them, those of the log's native library.
type console struct {
	mu  sync.Mutex
	out io.Writer
	pid int
}

// say writes a line as the JVM's logger does. A scheduler whose standard error is closed has nobody to tell.
func (c *console) say(level byte, thread, class, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = fmt.Fprintf(c.out, "%c%s [%s, %s] %s \n", level, time.Now().Format("0102 15:04:05.000"), thread, class, fmt.Sprintf(format, args...))
}

func (c *console) info(thread, class, format string, args ...any) {
	c.say('I', thread, class, format, args...)
}

func (c *console) warn(thread, class, format string, args ...any) {
	c.say('W', thread, class, format, args...)
}

// native writes a line as the library's glog does.
func (c *console) native(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	file := "replica.cpp:795"
	switch {
	case strings.HasPrefix(text, "Coordinator"):
		file = "coordinator.cpp:238"
	case strings.HasPrefix(text, "Attempting to start the writer"), strings.HasPrefix(text, "Writer started"):
		file = "log.cpp:554"
	case strings.HasPrefix(text, "Attempting to join"):
		file = "log.cpp:108"
	case strings.HasPrefix(text, "Starting replica recovery"), strings.HasPrefix(text, "Successfully joined"), strings.HasPrefix(text, "Replica is in"):
		file = "recover.cpp:437"
	case strings.HasPrefix(text, "ZooKeeper group"):
		file = "network.hpp:437"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = fmt.Fprintf(c.out, "I%s %5d %s] %s\n", time.Now().Format("20060102 15:04:05.000000"), c.pid, file, text)
}

// plain writes text as it is.
func (c *console) plain(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = fmt.Fprintf(c.out, format, args...)
}
