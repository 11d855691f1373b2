package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/restorectl/restorectl/planner/planfile/planfiletest"
	"github.com/restorectl/restorectl/providers/sandbox"
)

// patience bounds the waits of scripts on a machine that has much else to do.
const patience = 3 * time.Minute

// bringUp is `sandbox DIR [flags]`: it brings up a sandbox for as long as the script runs.
func bringUp(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: sandbox DIR [flags of sandbox up]")
	}
	dir := ts.MkAbs(args[0])
	program, err := hostProgram()
	ts.Check(err)
	if code := run(append([]string{"sandbox", "up", dir, "--binary", program}, args[1:]...), strings.NewReader(""), ts.Stdout(), ts.Stderr()); code != 0 {
		ts.Fatalf("the sandbox did not come up")
	}
	ts.Defer(func() {
		if err := sandbox.Down(context.Background(), dir, false); err != nil && !errors.Is(err, sandbox.ErrNone) {
			ts.Fatalf("%v", err)
		}
	})
}

// digests is `digests DIR FILE`: it writes the digests, modes and paths of what a restore may edit on the hosts of a sandbox.
func digests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: digests DIR FILE")
	}
	var out strings.Builder
	dir := ts.MkAbs(args[0])
	roots, err := filepath.Glob(filepath.Join(dir, "scheduler-*", "etc"))
	ts.Check(err)
	for _, root := range roots {
		ts.Check(filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			info, err := e.Info()
			if err == nil {
				fmt.Fprintf(&out, "%x %s %s\n", sha256.Sum256(content), info.Mode(), strings.TrimPrefix(path, dir))
			}
			return err
		}))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out.String()), 0o600))
}

// s3 is `s3 BUCKET FILE NAME…`: it serves a bucket with those files under those names by S3's protocol, for as long as the script runs. Its
// address is in S3_ENDPOINT.
func s3(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: s3 BUCKET FILE NAME...")
	}
	backend := s3mem.New()
	ts.Check(backend.CreateBucket(args[0]))
	for files := args[1:]; len(files) > 0; files = files[2:] {
		data, err := os.ReadFile(ts.MkAbs(files[0]))
		ts.Check(err)
		_, err = backend.PutObject(args[0], files[1], map[string]string{}, bytes.NewReader(data), int64(len(data)), nil)
		ts.Check(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	ts.Defer(server.Close)
	ts.Setenv("S3_ENDPOINT", server.URL)
}

// tasks is `tasks DIR REGEXP N`: it waits until that many lines of `sandbox tasks` match.
func tasks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: tasks DIR REGEXP N")
	}
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	var out strings.Builder
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		out.Reset()
		if run([]string{"sandbox", "tasks", ts.MkAbs(args[0])}, strings.NewReader(""), &out, ts.Stderr()) != 0 {
			ts.Fatalf("the tasks can't be listed")
		}
		if len(want.FindAllString(out.String(), -1)) == n {
			return
		}
	}
	ts.Fatalf("not %d tasks match %s:\n%s", n, args[1], out.String())
}

// await is `await PATTERN REGEXP`: it waits until one of the files that the pattern matches matches the regular expression.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await PATTERN REGEXP")
	}
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		for _, f := range files {
			if text, err := os.ReadFile(f); err == nil && want.Match(text) {
				return
			}
		}
	}
	ts.Fatalf("nothing in %s came to match %s", args[0], args[1])
}

// conforms is `conforms FILE`: the plan file conforms to the published schema.
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	doc, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if err := planfiletest.Conforms(doc); (err != nil) != neg {
		ts.Fatalf("%s: against the schema of plan files: %v", args[0], err)
	}
}
