package host_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

func TestReadFileAndStat(t *testing.T) {
	m := hosttest.Local(t)
	content := "a\x00b\nç\n"
	file := m.File(t, "with space 'and quote", content, 0o640)
	got, info, err := host.ReadFile(t.Context(), m, file)
	if err != nil || string(got) != content {
		t.Fatalf("%q, %v", got, err)
	}
	if info.Path != file || info.Size != int64(len(content)) || info.Mode != 0o640 || info.Owner == "" || info.Group == "" || info.Device == "" {
		t.Errorf("%+v", info)
	}
	digest, err := host.Digest(t.Context(), m, file)
	if err != nil || digest != host.DigestOf([]byte(content)) {
		t.Errorf("digest %s, %v", digest, err)
	}
	none := filepath.Join(m.Dir, "none")
	if _, _, err := host.ReadFile(t.Context(), m, none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadFile: %v", err)
	}
	if _, err := host.Digest(t.Context(), m, none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Digest: %v", err)
	}
	if _, err := host.ReadDir(t.Context(), m, none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadDir: %v", err)
	}
	if _, err := host.Stat(t.Context(), m, "relative"); err == nil {
		t.Error("a relative path must be refused")
	}
	if _, _, err := host.ReadFile(t.Context(), m, m.Dir); err == nil {
		t.Error("a folder can't be read")
	}
}

// TestCommandNotFound keeps a missing program apart from a missing file.
func TestCommandNotFound(t *testing.T) {
	m := hosttest.Local(t)
	h := host.NewLocal("scheduler-1", "none", []string{"PATH=" + m.Bin})
	if _, err := host.Stat(t.Context(), h, "/"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestNoise has a login shell and a sudo that complain at every command, as they do where a start-up file is broken or the host does not
// know its own name. What they say is not what the program says.
func TestNoise(t *testing.T) {
	h, m := local(t, "sudo", `echo "bash: /etc/profile.d/gone.sh: No such file or directory" >&2
echo "sudo: unable to resolve host aurora-1: Name or service not known" >&2
`+sudoScript)
	file := m.File(t, "file", "x", 0o644)
	if got, err := host.Exists(t.Context(), h, filepath.Join(m.Dir, "none")); err != nil || got {
		t.Errorf("what is not there: %t, %v", got, err)
	}
	if got, err := host.Exists(t.Context(), h, filepath.Join(file, "below")); err == nil {
		t.Errorf("what can't be told: %t", got)
	}
	for dir, want := range map[string]bool{m.Dir: false, "/proc": true} {
		if got, err := host.IsMountpoint(t.Context(), h, dir); err != nil || got != want {
			t.Errorf("IsMountpoint(%s) = %t, %v", dir, got, err)
		}
	}
	if err := host.Sweep(t.Context(), h, filepath.Join(m.Dir, "no/such/file")); err != nil {
		t.Error(err)
	}
}

// TestNamesOfADomain has owners and groups that come from a directory service.
func TestNamesOfADomain(t *testing.T) {
	m := hosttest.Local(t)
	dir := m.File(t, "d/x", "", 0o644)
	m.Script(t, "stat", `printf '41ed 4096 alice@corp.example.com 70001 domain users@corp.example.com 70002 2049'`)
	m.Script(t, "find", `printf 'f 640 5 CORP\\alice:CORP\\domain users 2049 1700000000.5000000000 `+dir+`/a 1 2 /b\0d 755 0 70001:70002 2049 -1.5 `+dir+`/c\0'`)
	info, err := host.Stat(t.Context(), m, dir)
	want := host.FileInfo{Path: dir, Size: 4096, Mode: fs.ModeDir | 0o755, Owner: "alice@corp.example.com", Group: "domain users@corp.example.com", Device: "2049"}
	if diff := cmp.Diff(want, info); err != nil || diff != "" {
		t.Errorf("Stat: %v\n%s", err, diff)
	}
	infos, err := host.ReadDir(t.Context(), m, dir)
	wants := []host.FileInfo{
		{Path: dir + "/a 1 2 /b", Size: 5, Mode: 0o640, Owner: `CORP\alice`, Group: `CORP\domain users`, Device: "2049", Modified: time.Unix(1700000000, 0).UTC()},
		{Path: dir + "/c", Mode: fs.ModeDir | 0o755, Owner: "70001", Group: "70002", Device: "2049", Modified: time.Unix(-1, 0).UTC()},
	}
	if diff := cmp.Diff(wants, infos); err != nil || diff != "" {
		t.Errorf("ReadDir: %v\n%s", err, diff)
	}
}

func TestReadDir(t *testing.T) {
	m := hosttest.Local(t)
	dir := filepath.Join(m.Dir, "d")
	m.File(t, "d/b\nnewline", "12345", 0o600)
	m.File(t, "d/a", "", 0o644)
	m.File(t, "d/sub/x", "", 0o644)
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("d", filepath.Join(m.Dir, "way")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{dir, filepath.Join(m.Dir, "way")} {
		infos, err := host.ReadDir(t.Context(), m, name)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]fs.FileMode{}
		for _, i := range infos {
			got[strings.TrimPrefix(i.Path, name+"/")] = i.Mode.Type()
		}
		want := map[string]fs.FileMode{"a": 0, "b\nnewline": 0, "link": fs.ModeSymlink, "sub": fs.ModeDir}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if infos[1].Size != 5 || infos[1].Mode.Perm() != 0o600 {
			t.Errorf("%+v", infos[1])
		}
	}
}

func TestWriteFile(t *testing.T) {
	m := hosttest.Local(t)
	file := m.File(t, "etc/settings", "old", 0o640)
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := host.WriteFile(t.Context(), m, file, []byte("new\n"), host.FileInfo{}); err != nil {
		t.Fatal(err)
	}
	hasFile(t, file, "new\n", 0o640)
	after, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if os.SameFile(before, after) {
		t.Error("the file was written in place")
	}
	if time.Since(after.ModTime()) > time.Minute {
		t.Errorf("the new file is of %s", after.ModTime())
	}
	fresh := filepath.Join(m.Dir, "etc/fresh")
	if err := host.WriteFile(t.Context(), m, fresh, nil, host.FileInfo{Mode: 0o604}); err != nil {
		t.Fatal(err)
	}
	hasFile(t, fresh, "", 0o604)
	onlyThere(t, filepath.Join(m.Dir, "etc"), "fresh", "settings")
	if err := host.WriteFile(t.Context(), m, filepath.Join(m.Dir, "nowhere/at/all"), nil, host.FileInfo{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a missing folder: %v", err)
	}
	if err := host.WriteFile(t.Context(), m, filepath.Join(m.Dir, "etc"), nil, host.FileInfo{}); err == nil {
		t.Error("a folder must not be replaced")
	}
}

func TestWriteFileKeepsTheModeOfAFileThatNobodyMayRead(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can copy the attributes of a file that nobody may read")
	}
	m := hosttest.Local(t)
	file := m.File(t, "settings", "old", 0)
	if err := host.WriteFile(t.Context(), m, file, []byte("new"), host.FileInfo{}); err != nil {
		t.Fatal(err)
	}
	hasFile(t, file, "new", 0)
}

func TestWriteFileKeepsLinks(t *testing.T) {
	m := hosttest.Local(t)
	real := m.File(t, "real/settings", "old", 0o644)
	link := filepath.Join(m.Dir, "link")
	if err := os.Symlink("real/settings", link); err != nil {
		t.Fatal(err)
	}
	if err := host.WriteFile(t.Context(), m, link, []byte("new"), host.FileInfo{}); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != "real/settings" {
		t.Errorf("the link is %q, %v", to, err)
	}
	hasFile(t, real, "new", 0o644)
	onlyThere(t, m.Dir, "link", "real")
	onlyThere(t, filepath.Join(m.Dir, "real"), "settings")
}

// TestWriteFileDistrustsTheFolder has somebody plant a link where the new file is made.
func TestWriteFileDistrustsTheFolder(t *testing.T) {
	m := hosttest.Local(t)
	victim := m.File(t, "victim", "precious", 0o600)
	file := m.File(t, "d/settings", "old", 0o644)
	if err := os.Symlink(victim, filepath.Join(m.Dir, "d/.settings.restorectl")); err != nil {
		t.Fatal(err)
	}
	if err := host.WriteFile(t.Context(), m, file, []byte("new"), host.FileInfo{}); err != nil {
		t.Fatal(err)
	}
	hasFile(t, victim, "precious", 0o600)
	hasFile(t, file, "new", 0o644)
}

// TestWriteFileCutOff loses the host at every command: the file is the old or the new one, whole, and a second try ends well.
func TestWriteFileCutOff(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			m := hosttest.Local(t)
			file := m.File(t, "d/settings", "old", 0o640)
			f := &hosttest.Faulty{Host: m, At: n, After: after}
			err := host.WriteFile(t.Context(), f, file, []byte("new"), host.FileInfo{})
			content, rerr := os.ReadFile(file)
			if rerr != nil || string(content) != "old" && string(content) != "new" {
				t.Fatalf("lost at %d: %q, %v", n, content, rerr)
			}
			if err == nil {
				if n < 8 {
					t.Errorf("done after %d commands", n)
				}
				break
			}
			if !errors.Is(err, host.ErrUnreachable) {
				t.Fatalf("lost at %d: %v", n, err)
			}
			f.Heal()
			if err := host.WriteFile(t.Context(), f, file, []byte("new"), host.FileInfo{}); err != nil {
				t.Fatal(err)
			}
			hasFile(t, file, "new", 0o640)
			onlyThere(t, filepath.Dir(file), "settings")
		}
	}
}

func TestSweep(t *testing.T) {
	m := hosttest.Local(t)
	file := m.File(t, "settings", "x", 0o644)
	m.File(t, ".settings.restorectl", "half", 0o600)
	for _, name := range []string{file, file, filepath.Join(m.Dir, "no/such/file")} {
		if err := host.Sweep(t.Context(), m, name); err != nil {
			t.Error(err)
		}
	}
	onlyThere(t, m.Dir, "settings")
}

func TestSendAndFetch(t *testing.T) {
	s := hosttest.Serve(t)
	h := mustConnect(t, s)
	content := bytes.Repeat([]byte("backup\x00\xff\n"), 300_000)
	digest := host.DigestOf(content)
	file := filepath.Join(s.Dir, "home", "backup")
	if err := host.Send(t.Context(), h, bytes.NewReader(content), file, digest, host.FileInfo{Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	var back bytes.Buffer
	got, err := host.Fetch(t.Context(), h, file, &back, digest)
	if err != nil || got != digest || !bytes.Equal(back.Bytes(), content) {
		t.Errorf("%d bytes, %s, %v", back.Len(), got, err)
	}
	if _, err := host.Fetch(t.Context(), h, file, &back, strings.Repeat("0", 64)); err == nil {
		t.Error("another digest must be an error")
	}
	other := filepath.Join(s.Dir, "home", "other")
	if err := host.Send(t.Context(), h, strings.NewReader("cut"), other, digest, host.FileInfo{}); err == nil {
		t.Error("content with another digest must not be put in place")
	}
	if _, err := os.Stat(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the wrong content is in place: %v", err)
	}
}

func TestCopyFile(t *testing.T) {
	m := hosttest.Local(t)
	from := m.File(t, "from", "content", 0o604)
	old := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	if err := os.Chtimes(from, old, old); err != nil {
		t.Fatal(err)
	}
	to := m.File(t, "to", "before", 0o600)
	if err := host.CopyFile(t.Context(), m, from, to, strings.Repeat("0", 64), 0o640); err == nil {
		t.Error("a copy with another digest must not be put in place")
	}
	hasFile(t, to, "before", 0o600)
	if err := host.CopyFile(t.Context(), m, from, to, host.DigestOf([]byte("content")), 0o640); err != nil {
		t.Fatal(err)
	}
	hasFile(t, to, "content", 0o640)
	if info, err := os.Stat(to); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("the copy is of %v, %v", info.ModTime(), err)
	}
	onlyThere(t, m.Dir, "from", "to")
}

func TestMove(t *testing.T) {
	m := hosttest.Local(t)
	m.File(t, "log/CURRENT", "x", 0o644)
	m.File(t, "q/other/y", "y", 0o644)
	log, q := filepath.Join(m.Dir, "log"), filepath.Join(m.Dir, "q")
	if err := host.Move(t.Context(), m, log, filepath.Join(q, "other")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto a folder: %v", err)
	}
	if err := os.Mkdir(filepath.Join(q, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := host.Move(t.Context(), m, log, filepath.Join(q, "empty")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto an empty folder: %v", err)
	}
	if err := host.Move(t.Context(), m, log, filepath.Join(q, "none/log")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a missing folder: %v", err)
	}
	if err := host.Move(t.Context(), m, log, "/proc/restorectl-test"); err == nil || !strings.Contains(err.Error(), "different filesystems") {
		t.Errorf("to another filesystem: %v", err)
	}
	if err := host.Move(t.Context(), m, log, filepath.Join(q, "log")); err != nil {
		t.Fatal(err)
	}
	hasFile(t, filepath.Join(q, "log/CURRENT"), "x", 0o644)
	onlyThere(t, m.Dir, "q")
	if err := host.Move(t.Context(), m, log, filepath.Join(q, "again")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestRemoveAndMakeFolder(t *testing.T) {
	m := hosttest.Local(t)
	file := m.File(t, "file", "", 0o644)
	for range 2 {
		if err := host.Remove(t.Context(), m, file); err != nil {
			t.Error(err)
		}
	}
	dir := filepath.Join(m.Dir, "a/b c")
	for _, mode := range []fs.FileMode{0o755, 0o700} {
		if err := host.MakeFolder(t.Context(), m, dir, host.FileInfo{Mode: mode}); err != nil {
			t.Fatal(err)
		}
		if info, err := host.Stat(t.Context(), m, dir); err != nil || info.Mode != fs.ModeDir|mode {
			t.Errorf("%v, %v", info.Mode, err)
		}
	}
	if err := host.Remove(t.Context(), m, dir); err == nil {
		t.Error("a folder must not be removed")
	}
}

func TestPlaces(t *testing.T) {
	m := hosttest.Local(t)
	if got, err := host.Expand(t.Context(), m, "~/x/y"); err != nil || got != m.Dir+"/x/y" {
		t.Errorf("Expand: %s, %v", got, err)
	}
	if got, err := host.Expand(t.Context(), m, "/x"); err != nil || got != "/x" {
		t.Errorf("Expand: %s, %v", got, err)
	}
	missing := filepath.Join(m.Dir, "not/yet/there")
	free, err := host.FreeBytes(t.Context(), m, missing)
	var st syscall.Statfs_t
	if serr := syscall.Statfs(m.Dir, &st); err != nil || serr != nil || free <= 0 || free > int64(st.Blocks)*st.Bsize {
		t.Errorf("FreeBytes: %d, %v", free, err)
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{{m.Dir, missing, true}, {m.Dir, "/proc", false}} {
		if got, err := host.SameFilesystem(t.Context(), m, c.a, c.b); err != nil || got != c.want {
			t.Errorf("SameFilesystem(%s, %s) = %t, %v", c.a, c.b, got, err)
		}
	}
	for dir, want := range map[string]bool{m.Dir: false, "/proc": true} {
		if got, err := host.IsMountpoint(t.Context(), m, dir); err != nil || got != want {
			t.Errorf("IsMountpoint(%s) = %t, %v", dir, got, err)
		}
	}
	if _, err := host.IsMountpoint(t.Context(), m, missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("IsMountpoint: %v", err)
	}
	now, err := host.Clock(t.Context(), m)
	if d := time.Since(now); err != nil || d < -2*time.Second || d > time.Minute {
		t.Errorf("Clock: %s, %v", now, err)
	}
}

func hasFile(t *testing.T, file, content string, mode fs.FileMode) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil || string(got) != content {
		t.Errorf("%s holds %q, %v; want %q", file, got, err, content)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != mode {
		t.Errorf("%s has mode %v, %v; want %v", file, info.Mode(), err, mode)
	}
}

// onlyThere checks the names in a folder, sorted.
func onlyThere(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("%s: %s", dir, diff)
	}
}
