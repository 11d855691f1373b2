// Package host reaches a scheduler's machine: it runs commands there, reads and atomically replaces files, and opens
// connections as if from there. Everything that the other providers do to a host goes through a Host.
package host

import (
	"context"
	"io"
	"io/fs"
	"net"
	"time"
)

// Host is one machine that can be reached. Its methods may be used by several goroutines at once. A method that could not reach
// the machine, or lost it before the answer was there, returns an error that errors.Is ErrUnreachable.
type Host interface {
	// Name is the scheduler's name as configured; messages use it.
	Name() string
	// Run runs a command and waits for it. A command that ran and failed is an *ExitError. Output is bounded (see Command).
	Run(ctx context.Context, c Command) (Result, error)
	// Dial opens a connection from the host to address, such as "localhost:8081".
	Dial(ctx context.Context, network, address string) (net.Conn, error)
	// Close gives up the connection to the machine.
	Close() error
}

// Command is a program to run on a host. It is never interpreted by a shell: Args reach the program byte for byte.
type Command struct {
	// Args are the program and its arguments.
	Args []string
	// Root runs it with root's rights, by the way that the connection configures.
	Root bool
	// User runs it as that user (by way of root); it outranks Root.
	User string
	// Stdin is fed to the program; nil is an empty input.
	Stdin io.Reader
	// Stdout receives the program's output as it comes, instead of Result.Stdout; nil collects it there, up to 16 MiB.
	Stdout io.Writer
}

// Result is what a command printed.
type Result struct {
	Stdout []byte
	// Stderr keeps the last 64 KiB.
	Stderr []byte
}

// FileInfo describes a file on a host.
type FileInfo struct {
	Path string
	Size int64
	// Mode is the permission bits and type.
	Mode fs.FileMode
	// Owner and Group are names, or numbers where the host knows no name.
	Owner, Group string
	// Device is the filesystem's id as stat(1) prints it.
	Device string
	// Modified is when it was last written, to the second; only ReadDir tells it.
	Modified time.Time
}

// Pool gives the hosts of a cluster by scheduler name, connecting to each once.
type Pool interface {
	// Host returns the named scheduler's host, connected.
	Host(ctx context.Context, name string) (Host, error)
}
