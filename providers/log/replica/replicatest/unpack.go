// Package replicatest gives tests the log directories that other programs wrote; testdata/README.md says which.
package replicatest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"io"
	"os"
	"path/filepath"
)

//go:embed testdata
var fixtures embed.FS

// Unpack unpacks a fixture, such as "live", into dir. Its log directories are then folders of dir.
func Unpack(fixture, dir string) error {
	archive, err := fixtures.ReadFile("testdata/" + fixture + ".tar.gz")
	if err != nil {
		return err
	}
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	for in := tar.NewReader(z); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.Clean("/"+h.Name))
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(path, 0o750)
		} else {
			err = write(path, in)
		}
		if err != nil {
			return err
		}
	}
}

// Live is the true state of the fixture "live", as JSON by task id.
func Live() ([]byte, error) { return fixtures.ReadFile("testdata/live.json") }

func write(path string, in io.Reader) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, data, 0o600))
}
