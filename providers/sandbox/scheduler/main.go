package scheduler

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// mainClass is the class that java runs.
const mainClass = "org.apache.aurora.scheduler.app.SchedulerMain"

// The exit statuses of a scheduler.
const (
	exitFailed     = 1
	exitTerminated = 128 + int(syscall.SIGTERM)
)

// Main runs a scheduler with the flags until it gets a signal or fails, and returns its exit status.
func Main(args []string) int {
	out := &console{out: os.Stderr, pid: os.Getpid()}
	f, err := parseFlags(args)
	if err != nil {
		out.plain("%s%v\n", usage(), err)
		return exitFailed
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	p, err := start(context.Background(), f, out, environment())
	if err != nil {
		out.plain("%v\n", err)
		return exitFailed
	}
	<-stop
	out.info("ShutdownHook", "SchedulerMain", "Stopping scheduler services.")
	if err := p.close(); err != nil {
		out.warn("ShutdownHook", "SchedulerMain", "%v", err)
	}
	return exitTerminated
}

// surroundings are what a scheduler takes from its environment.
type surroundings struct {
	// native is the host:port of the log's library (LIBPROCESS_IP, LIBPROCESS_PORT).
	native string
	// filter is the state of the host's packet filter, empty where there is none.
	filter string
	// disk is the state of the host's disk, empty where it is sound.
	disk string
	// environ is shown by /vars.
	environ []string
}

func environment() surroundings {
	ip, port := os.Getenv("LIBPROCESS_IP"), os.Getenv("LIBPROCESS_PORT")
	if ip == "" {
		ip = "127.0.0.1"
	}
	if port == "" {
		port = "0"
	}
	return surroundings{native: net.JoinHostPort(ip, port), filter: os.Getenv("SANDBOX_NETFILTER"), disk: os.Getenv("SANDBOX_DISK"), environ: os.Environ()}
}

// start brings a scheduler up, in the order of the real one: first its HTTP server, then its log, then the election.
func start(ctx context.Context, f *flags, out *console, around surroundings) (*process, error) {
	for _, line := range f.lines() {
		out.info("main", "CommandLine", "%s", line)
	}
	p := newProcess(ctx, f, out, around)
	if err := p.serve(); err != nil {
		return nil, errors.Join(fmt.Errorf("Failed to start HTTP server on port %s: %w", strconv.Itoa(f.number("http_port")), err), p.close())
	}
	p.become(preparingStorage)
	if err := p.openLog(); err != nil {
		return nil, errors.Join(fmt.Errorf("EXIT with status 1: %w", err), p.close())
	}
	p.out.info("main", "StateMachine", "storage state machine transition CONSTRUCTED -> PREPARED")
	p.become(storagePrepared)
	p.background(p.candidate)
	p.out.info("main", "Lifecycle", "Awaiting shutdown")
	return p, nil
}
