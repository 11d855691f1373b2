package disk

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain makes the test's program the stand-in for what it is called by.
func TestMain(m *testing.M) {
	if file := os.Getenv("DISK_TEST_STATE"); file != "" {
		os.Exit(Main(filepath.Base(os.Args[0]), os.Args[1:], file, os.Stdin, os.Stderr))
	}
	os.Exit(m.Run())
}

// world is a folder of files, and another with stand-ins that heads the PATH.
type world struct{ dir, bin, state string }

func newWorld(t *testing.T, s State) world {
	t.Helper()
	dir := t.TempDir()
	w := world{filepath.Join(dir, "files"), filepath.Join(dir, "bin"), filepath.Join(dir, "disk.json")}
	for i, p := range s.ReadOnly {
		s.ReadOnly[i] = filepath.Join(w.dir, p)
	}
	for i, p := range s.Immutable {
		s.Immutable[i] = filepath.Join(w.dir, p)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{w.bin, filepath.Join(w.dir, "etc")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"etc/settings": "A=1\n", "other": "text of another file"} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Set(w.state, w.bin, self, s); err != nil {
		t.Fatal(err)
	}
	return w
}

// sh runs a line of shell in the files' folder and gives what it said.
func (w *world) sh(t *testing.T, line string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/bin/sh", "-c", line)
	c.Dir, c.Env = w.dir, append(os.Environ(), "PATH="+w.bin+":"+os.Getenv("PATH"), "DISK_TEST_STATE="+w.state, "LC_ALL=C")
	out, err := c.CombinedOutput()
	return strings.ReplaceAll(string(out), w.dir+"/", ""), err
}

func TestStandIns(t *testing.T) {
	tests := []struct {
		name  string
		state State
		line  string
		// said is what must be told where it fails; empty means that it must succeed.
		said string
	}{
		{"full: content", State{Full: true}, "echo x | dd of=new conv=fsync status=none", "dd: error writing 'new': No space left on device"},
		{"full: copy", State{Full: true}, "cp --preserve=all -- other copy", "cp: error copying 'other' to 'copy': No space left on device"},
		{"full: folder", State{Full: true}, "mkdir -p -m 0700 -- $PWD/folder", "mkdir: cannot create directory 'folder': No space left on device"},
		{"full: a folder that is there", State{Full: true}, "mkdir -p -m 0700 -- etc", ""},
		{"full: an empty file", State{Full: true}, "install -m 0600 -T -- /dev/null new && test -e new", ""},
		{"full: names and modes", State{Full: true}, "mv -f -T -- other another && chmod -- 0640 another && touch -- another && rm -f -- another && test ! -e another", ""},
		{"full: attributes", State{Full: true}, "cp --attributes-only --preserve=all -- other etc/settings", ""},
		{"read-only: replace", State{ReadOnly: []string{"etc"}}, "mv -f -T -- $PWD/other $PWD/etc/settings", "mv: cannot move to or from 'etc/settings': Read-only file system"},
		{"read-only: make", State{ReadOnly: []string{"etc"}}, "install -m 0600 -T -- /dev/null $PWD/etc/new", "install: cannot create regular file 'etc/new': Read-only file system"},
		{"read-only: write", State{ReadOnly: []string{"etc"}}, "echo x | dd of=$PWD/etc/settings status=none", "dd: failed to open 'etc/settings': Read-only file system"},
		{"read-only: remove what is not there", State{ReadOnly: []string{"etc"}}, "rm -f -- $PWD/etc/new", ""},
		{"read-only: elsewhere", State{ReadOnly: []string{"etc"}}, "echo x | dd of=$PWD/new status=none && test -s new", ""},
		{"immutable: replace", State{Immutable: []string{"etc/settings"}}, "mv -f -T -- $PWD/other $PWD/etc/settings", "Operation not permitted"},
		{"immutable: beside it", State{Immutable: []string{"etc/settings"}}, "install -m 0600 -T -- /dev/null $PWD/etc/new", ""},
		{"immutable: mode", State{Immutable: []string{"etc/settings"}}, "chmod -- 0640 $PWD/etc/settings", "chmod: changing permissions of 'etc/settings': Operation not permitted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.state)
			said, err := w.sh(t, test.line)
			if (err == nil) != (test.said == "") || !strings.Contains(said, test.said) {
				t.Errorf("%v, %q", err, said)
			}
			if settings, err := os.ReadFile(filepath.Join(w.dir, "etc/settings")); err != nil || string(settings) != "A=1\n" {
				t.Errorf("the settings are %q, %v", settings, err)
			}
		})
	}
}

// TestCorrupt checks that one byte of one file is changed, and of no other.
func TestCorrupt(t *testing.T) {
	w := newWorld(t, State{Corrupt: true})
	if said, err := w.sh(t, "printf 0123456789 | dd of=one status=none && printf 0123456789 | dd of=two status=none"); err != nil {
		t.Fatal(err, said)
	}
	one, _ := os.ReadFile(filepath.Join(w.dir, "one"))
	two, _ := os.ReadFile(filepath.Join(w.dir, "two"))
	differ := 0
	for i := range one {
		if i < len(two) && one[i] != two[i] {
			differ++
		}
	}
	if string(two) != "0123456789" || len(one) != len(two) || differ != 1 {
		t.Errorf("%q and %q", one, two)
	}
}

// TestSound checks that nothing of a fault is left.
func TestSound(t *testing.T) {
	w := newWorld(t, State{Full: true})
	if err := Room(w.state); err == nil {
		t.Error("there is room on a full disk")
	}
	if err := Set(w.state, w.bin, "", State{}); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(w.bin)
	if _, gone := os.Stat(w.state); err != nil || len(left) != 0 || !os.IsNotExist(gone) {
		t.Errorf("%v, %v, %v", left, err, gone)
	}
	if err := Room(w.state); err != nil {
		t.Error(err)
	}
	var said bytes.Buffer
	if code := Main("dd", nil, w.dir, nil, &said); code != 1 || said.Len() == 0 {
		t.Errorf("with a state that can't be read: %d, %q", code, &said)
	}
}
