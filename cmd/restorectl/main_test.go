package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"restorectl": main})
}

// TestScripts runs testdata/*.txtar. FIXTURES is the folder of the backups; `unpack FIXTURE` unpacks a log directory.
func TestScripts(t *testing.T) {
	fixtures, err := filepath.Abs("../../providers")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("FIXTURES", filepath.Join(fixtures, "backup", "testdata"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"unpack": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(unpack(filepath.Join(fixtures, "log", "replica", "testdata", args[0]+".tar.gz"), ts.MkAbs(".")))
			},
		},
	})
}

func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	in := tar.NewReader(z)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.Clean("/"+h.Name))
		if h.FileInfo().IsDir() {
			continue
		}
		data, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, data, 0o600)); err != nil {
			return err
		}
	}
}
