package mesoslog

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/syndtr/goleveldb/leveldb/storage"

	"github.com/restorectl/restorectl/providers/log/replica"
	"github.com/restorectl/restorectl/providers/log/replica/replicatest"
)

// unpack unpacks a fixture and gives its folder.
func unpack(t *testing.T, fixture string) string {
	t.Helper()
	root := t.TempDir()
	if err := replicatest.Unpack(fixture, root); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, fixture)
}

func mesosLog(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(args, nil, &out, &errs)
	return code, out.String(), errs.String()
}

const dashes = "----------------------------------------------\n"

func TestInitialize(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	code, stdout, stderr := mesosLog("initialize", "--path="+dir, "--timeout=10secs")
	if code != 0 || stdout != "" || !strings.Contains(stderr, "] Replica recovered with log positions 0 -> 0 with 0 holes and 0 unlearned\n") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	state, err := replica.Read(dir, nil)
	if err != nil || !state.Initialised() {
		t.Errorf("state %+v, error %v", state, err)
	}
	code, stdout, stderr = mesosLog("initialize", "--path="+dir, "--quiet")
	if code != 1 || stdout != "" || stderr != "The log is not empty\n" {
		t.Errorf("again: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	locked := unpack(t, "initialized")
	lock, err := storage.OpenFile(locked, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	for name, tt := range map[string]struct {
		args   []string
		code   int
		stderr string
	}{
		"no command":      {nil, 1, "Usage: mesos-log <command> [OPTIONS]"},
		"help":            {[]string{"help"}, 0, "    initialize\n    read\n"},
		"help of one":     {[]string{"help", "read"}, 1, "  --from=VALUE"},
		"unknown command": {[]string{"wipe"}, 1, "Cannot find command 'wipe'"},
		"unknown flag":    {[]string{"read", "--pth=x"}, 1, "Failed to load unknown flag 'pth'"},
		"bad duration":    {[]string{"initialize", "--path=x", "--timeout=10s"}, 1, "Invalid duration '10s'"},
		"no path":         {[]string{"initialize"}, 1, "Missing required option --path\n\nUsage: initialize [options]"},
		"no path to read": {[]string{"read"}, 1, "Missing required option --path"},
		"no parent": {[]string{"initialize", "--path=" + dir + "/none/db"}, 1,
			"EXIT with status 1: Failed to recover the log: NotFound: " + dir + "/none/db/LOCK: No such file or directory\n"},
		"in use": {[]string{"initialize", "--path=" + locked}, 1,
			"EXIT with status 1: Failed to recover the log: IO error: lock " + locked + "/LOCK: Resource temporarily unavailable\n"},
		"used log":  {[]string{"initialize", "--path=" + unpack(t, "entries"), "--quiet"}, 1, "The log is not empty\n"},
		"past end":  {[]string{"read", "--path=" + unpack(t, "entries"), "--to=15"}, 1, "Bad read range (past end of log)"},
		"truncated": {[]string{"read", "--path=" + unpack(t, "truncated"), "--from=2"}, 1, "Bad read range (truncated position)"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := mesosLog(tt.args...)
			if code != tt.code || stdout != "" || !strings.Contains(stderr, tt.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
	if _, err := os.Stat(dir + "/none"); !os.IsNotExist(err) {
		t.Errorf("the missing parent was made: %v", err)
	}
}

// TestRead reads the fixtures as the real tool did: all of a sound log, what can be read of a corrupt one, nothing of one without
// CURRENT, which is gone afterwards. None of that is an error.
func TestRead(t *testing.T) {
	for fixture, want := range map[string]int{"entries": 15, "truncated": 13, "corrupt": 13, "missing-current": 0, "initialized": 0, "uninitialized": 0} {
		t.Run(fixture, func(t *testing.T) {
			dir := unpack(t, fixture)
			code, stdout, stderr := mesosLog("read", "--path="+dir)
			if n := strings.Count(stdout, dashes); code != 0 || n != want {
				t.Errorf("exit %d, %d actions, stderr %q", code, n, stderr)
			}
		})
	}
}

func TestReadPrintsTextFormat(t *testing.T) {
	_, stdout, _ := mesosLog("read", "--path="+unpack(t, "entries"), "--to=1")
	if !strings.HasPrefix(stdout, dashes+"position: 0\npromised: 2\nperformed: 2\nlearned: true\ntype: NOP\nnop {\n") ||
		!strings.Contains(stdout, "}\n"+dashes+"position: 1\n") || !strings.Contains(stdout, `append {`+"\n"+`  bytes: "\014\000\002`) {
		t.Errorf("stdout %q", stdout)
	}
}

// TestReadIsNotReadOnly sees that a read rewrites the files, and that one without CURRENT wipes the log.
func TestReadIsNotReadOnly(t *testing.T) {
	dir := unpack(t, "entries")
	before := names(t, dir)
	mesosLog("read", "--path="+dir)
	if after := names(t, dir); after == before {
		t.Errorf("the files are still %s", after)
	}
	if state, err := replica.Read(dir, nil); err != nil || state.End != 14 {
		t.Errorf("state %+v, error %v", state, err)
	}
	dir = unpack(t, "missing-current")
	mesosLog("read", "--path="+dir)
	if state, err := replica.Read(dir, nil); err != nil || state.Status != replica.Empty || state.Actions != 0 {
		t.Errorf("without CURRENT: state %+v, error %v", state, err)
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	for _, e := range entries {
		s = append(s, e.Name())
	}
	return strings.Join(s, " ")
}
