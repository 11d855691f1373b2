package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/log"
)

// remote is where files on other hosts are read from: a configuration's connection, or what ssh would use.
type remote struct {
	config string
	values values
}

func (r *remote) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.config, "config", "", "reach HOST as this `restore.hcl` says; without it, as ~/.ssh/config says")
	r.values.register(cmd.Flags())
}

// splitRemote takes HOST:/path apart. A path with a slash before the colon is one on this machine.
func splitRemote(arg string) (name, file string, ok bool) {
	name, file, ok = strings.Cut(arg, ":")
	if !ok || name == "" || strings.Contains(name, "/") || !path.IsAbs(file) && !strings.HasPrefix(file, "~/") {
		return "", "", false
	}
	return name, file, true
}

// connect connects to a host. Closing the machines closes the connection.
func (r *remote) connect(ctx context.Context, o *operator, name string) (host.Host, *host.Machines, error) {
	cluster := config.Cluster{
		Schedulers: []config.Scheduler{{Name: name, Address: name}},
		Connection: config.Connection{Kind: "ssh", Become: "sudo", Timeout: 10 * time.Second},
	}
	if r.config != "" {
		loaded, err := r.values.loadFor(o, r.config)
		if err != nil {
			return nil, nil, err
		}
		cluster = loaded.Cluster
	}
	machines := host.NewPool(cluster, o.surroundings().Options)
	h, err := machines.Host(ctx, name)
	if err != nil {
		return nil, nil, errors.Join(err, machines.Close())
	}
	return h, machines, nil
}

// open streams a file from a host.
func (r *remote) open(ctx context.Context, o *operator, name, file string) (io.ReadCloser, error) {
	h, machines, err := r.connect(ctx, o, name)
	if err != nil {
		return nil, err
	}
	file, err = host.Expand(ctx, h, file)
	if err != nil {
		return nil, errors.Join(err, machines.Close())
	}
	info, err := host.Stat(ctx, h, file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s on %s: %w", file, name, err), machines.Close())
	}
	pipe, w := io.Pipe()
	go func() {
		_, err := host.Fetch(ctx, h, file, w, "")
		_ = w.CloseWithError(err) // Never fails.
	}()
	return &stream{PipeReader: pipe, machines: machines, bar: newBar(o.err, info.Size)}, nil
}

// fetchLog gives the folder of a log: the one on this machine, or a copy of the one on a host, which release removes.
func (r *remote) fetchLog(ctx context.Context, o *operator, path string) (dir string, release func(), err error) {
	name, folder, ok := splitRemote(path)
	if !ok {
		return path, func() {}, nil
	}
	h, machines, err := r.connect(ctx, o, name)
	if err != nil {
		return "", nil, err
	}
	dir, err = os.MkdirTemp("", "restorectl-log-")
	if err != nil {
		return "", nil, errors.Join(err, machines.Close())
	}
	release = func() { _ = os.RemoveAll(dir) } // What stays lies in the folder for temporary files.
	if folder, err = host.Expand(ctx, h, folder); err == nil {
		err = log.Copy(ctx, h, folder, dir)
	}
	if err = errors.Join(err, machines.Close()); err != nil {
		release()
		return "", nil, fmt.Errorf("copying the log %s from %s: %w", folder, name, err)
	}
	return dir, release, nil
}

// stream is a file that comes from a host.
type stream struct {
	*io.PipeReader
	machines *host.Machines
	bar      *bar
}

// Read reads what has come and tells how much that is.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.PipeReader.Read(p)
	s.bar.add(n)
	return n, err
}

// Close ends the stream and the connection.
func (s *stream) Close() error {
	s.bar.end()
	return errors.Join(s.PipeReader.Close(), s.machines.Close())
}

// bar tells on a terminal how much of a long transfer is done.
type bar struct {
	out         io.Writer
	total       int64
	done        int64
	began, told time.Time
}

// barEvery is how often a bar is drawn.
const barEvery = 200 * time.Millisecond

func newBar(out io.Writer, total int64) *bar {
	if f, ok := out.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		out = nil
	}
	return &bar{out: out, total: total, began: time.Now()}
}

func (b *bar) add(n int) {
	b.done += int64(n)
	if b.out == nil || time.Since(b.told) < barEvery {
		return
	}
	b.told = time.Now()
	// There is nobody to tell when a terminal can't be written.
	_, _ = fmt.Fprintf(b.out, "\r\x1b[K  %s", render.Bar(b.done, b.total, b.told.Sub(b.began)))
}

func (b *bar) end() {
	if b.out != nil && !b.told.IsZero() {
		_, _ = fmt.Fprint(b.out, "\r\x1b[K") // As above.
	}
}
