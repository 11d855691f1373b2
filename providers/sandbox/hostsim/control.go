package hostsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// controlName is the socket, in the host's run folder, by which systemctl asks the supervisor.
const controlName = "control"

type controlRequest struct {
	Args []string `json:"args"`
}

type controlAnswer struct {
	Code   int    `json:"code"`
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

// control answers systemctl.
type control struct {
	listener *net.UnixListener
	wait     sync.WaitGroup
}

// Short gives a name for a file in a folder that is short enough for a socket, good until the function that comes with it is
// called.
func Short(folder, name string) (string, func(), error) {
	fd, err := syscall.Open(folder, syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, &os.PathError{Op: "open", Path: folder, Err: err}
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", fd, name), func() { _ = syscall.Close(fd) }, nil
}

func serveControl(runFolder string, s *supervisor) (*control, error) {
	name, done, err := Short(runFolder, controlName)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := os.Remove(filepath.Join(runFolder, controlName)); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // By then the name is another file's.
	c := &control{listener: l}
	c.wait.Go(func() {
		for {
			conn, err := l.AcceptUnix()
			if err != nil {
				return
			}
			c.wait.Go(func() { answer(conn, s) })
		}
	})
	return c, nil
}

func answer(conn *net.UnixConn, s *supervisor) {
	defer func() { _ = conn.Close() }()
	var q controlRequest
	if json.NewDecoder(conn).Decode(&q) != nil {
		return
	}
	var a controlAnswer
	a.Code, a.Stdout, a.Stderr = s.systemctl(q.Args)
	_ = json.NewEncoder(conn).Encode(a) // Whoever asked may have gone.
}

func (c *control) close() {
	_ = c.listener.Close() // It ends the waiting for more.
	c.wait.Wait()
}

// Systemctl runs systemctl with the arguments that follow its name, on the host whose run folder is named, and returns its exit
// code.
func Systemctl(args []string, runFolder string, stdout, stderr io.Writer) int {
	a, err := ask(args, runFolder)
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "Failed to connect to bus: %v\n", err) // Nobody else to tell.
		return exitFailure
	}
	_, errOut := io.WriteString(stdout, a.Stdout)
	_, errErr := io.WriteString(stderr, a.Stderr)
	if errors.Join(errOut, errErr) != nil {
		return exitFailure
	}
	return a.Code
}

func ask(args []string, runFolder string) (controlAnswer, error) {
	var a controlAnswer
	name, done, err := Short(runFolder, controlName)
	if err != nil {
		return a, err
	}
	defer done()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return a, err
	}
	defer func() { _ = conn.Close() }()
	if err := json.NewEncoder(conn).Encode(controlRequest{args}); err != nil {
		return a, err
	}
	if err := json.NewDecoder(conn).Decode(&a); err != nil {
		return a, fmt.Errorf("the supervisor went away: %w", err)
	}
	return a, nil
}
