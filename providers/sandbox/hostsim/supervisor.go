package hostsim

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// supervisor is the host's systemd.
type supervisor struct {
	root    string
	env     []string
	starter *starter

	mu       sync.Mutex
	services map[string]*service
	problems map[string]error
}

func newSupervisor(root string, env []string, st *starter) *supervisor {
	s := &supervisor{root: root, env: env, starter: st, services: map[string]*service{}, problems: map[string]error{}}
	s.reload()
	return s
}

// reload reads all unit files again.
func (s *supervisor) reload() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = map[string]error{}
	for _, folder := range unitFolders() {
		files, _ := filepath.Glob(filepath.Join(s.root, folder, "*.service")) // The pattern is sound, but for the root's name.
		for _, f := range files {
			name := filepath.Base(f)
			u, err := loadUnit(s.root, name)
			if err != nil {
				s.problems[name] = err
				continue
			}
			old := s.services[name]
			if old == nil {
				s.services[name] = newService(s.starter, u, s.env)
				continue
			}
			old.mu.Lock()
			old.unit = u
			old.mu.Unlock()
		}
	}
}

// boot starts the units that are enabled.
func (s *supervisor) boot() {
	for _, name := range s.names() {
		if enabled(s.root, name) {
			s.find(name).start()
		}
	}
}

func (s *supervisor) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for n := range s.services {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// find gives a service, nil where there is no such unit.
func (s *supervisor) find(name string) *service {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.services[name]
}

// command is a unit's command line.
func (s *supervisor) command(name string) string {
	svc := s.find(name)
	svc.mu.Lock()
	defer svc.mu.Unlock()
	return strings.Join(svc.unit.exec, " ")
}

// halt ends all services at once.
func (s *supervisor) halt() {
	var wait sync.WaitGroup
	for _, name := range s.names() {
		wait.Go(s.find(name).halt)
	}
	wait.Wait()
}

// enable and disable make and remove a unit's link.
func (s *supervisor) enable(name string, on bool) error {
	link := filepath.Join(s.root, wants, name)
	if !on {
		if err := os.Remove(link); err != nil && !os.IsNotExist(err) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil { //nolint:gosec // As on a real host.
		return err
	}
	svc := s.find(name)
	svc.mu.Lock()
	defer svc.mu.Unlock()
	if err := os.Symlink(svc.unit.path, link); err != nil && !os.IsExist(err) {
		return err
	}
	return nil
}
