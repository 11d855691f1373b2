package logentry

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead gives the reader payloads that no scheduler wrote: it must refuse them or read them, and never fail otherwise.
func FuzzRead(f *testing.F) {
	entries, err := filepath.Glob("testdata/*.bin")
	if err != nil || len(entries) == 0 {
		f.Fatalf("%d entries, error %v", len(entries), err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, data)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		r := NewReader()
		for _, payload := range [][]byte{first, second} {
			before := len(r.Store.Tasks())
			if err := r.Read(payload); err != nil && len(r.Store.Tasks()) != before {
				t.Errorf("a payload that was refused changed the state: %v", err)
			}
		}
		r.Close()
		if c := r.Counts; c.Snapshots < 0 || c.AbortedFrames < 0 {
			t.Errorf("%+v", c)
		}
	})
}
