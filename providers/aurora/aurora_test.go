package aurora

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWrittenAsRead decodes real backups and log entries and encodes them again. Every field comes back, and no other; only the
// order within maps is the codec's own.
func TestWrittenAsRead(t *testing.T) {
	again := func(t *testing.T, path string, first, second any) {
		t.Helper()
		data := read(t, path)
		if err := Unmarshal(data, first); err != nil {
			t.Fatal(err)
		}
		written, err := Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if len(written) != len(data) {
			t.Errorf("%d bytes became %d", len(data), len(written))
		}
		if err := Unmarshal(written, second); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("(-read +read again):\n%s", diff)
		}
	}
	for _, path := range glob(t, "testdata/backups/*") {
		t.Run(filepath.Base(path), func(t *testing.T) { again(t, path, &Snapshot{}, &Snapshot{}) })
	}
	for _, path := range glob(t, "testdata/logentries/*.bin") {
		t.Run(filepath.Base(path), func(t *testing.T) { again(t, path, &LogEntry{}, &LogEntry{}) })
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	data := read(t, "testdata/backups/scheduler-backup-2026-11-20-09-15")
	for cut := range len(data) {
		if cut > 2000 && cut%97 != 0 {
			continue
		}
		var s Snapshot
		err := Unmarshal(data[:cut], &s)
		var d *DecodeError
		if !errors.As(err, &d) || d.Offset > int64(cut) || d.Size != int64(cut) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	var s Snapshot
	if err := Unmarshal(append(bytes.Clone(data), 0), &s); !errors.Is(err, ErrTrailing) {
		t.Errorf("one byte more: %v", err)
	}
}

// TestHostileLengthsCostNothing announces two thousand million elements, bytes and pairs in a few bytes of input.
func TestHostileLengthsCostNothing(t *testing.T) {
	huge := binary.BigEndian.AppendUint32(nil, 0x7fffffff)
	for name, head := range map[string][]byte{
		"set of tasks": {14, 0, 4, 12}, "list of strings": {15, 0, 11, 11}, "unknown string": {11, 0, 99},
		"unknown list": {15, 0, 99, 12}, "set of the wrong type": {14, 0, 4, 2}, "unknown map": {13, 0, 99, 11, 11},
	} {
		t.Run(name, func(t *testing.T) {
			allocated := testing.AllocsPerRun(1, func() {
				var s Snapshot
				if err := Unmarshal(append(bytes.Clone(head), huge...), &s); err == nil {
					t.Error("it is accepted")
				}
			})
			if allocated > 200 {
				t.Errorf("%v allocations", allocated)
			}
		})
	}
}

func TestUnknownFieldsAreSkipped(t *testing.T) {
	in := append([]byte{12, 0, 77, 11, 0, 1, 0, 0, 0, 1, 'x', 0}, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 42, 0)
	var s Snapshot
	if err := Unmarshal(in, &s); err != nil || s.Timestamp != 42 {
		t.Errorf("timestamp %d, error %v", s.Timestamp, err)
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, path := range []string{"testdata/backups/empty-state", "testdata/logentries/05-noop.bin", "testdata/logentries/04-transaction-remove-tasks.bin"} {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var e LogEntry
		if err := Unmarshal(data, &e); err != nil {
			return
		}
		if _, err := Marshal(&e); err != nil {
			t.Errorf("what was read can't be written: %v", err)
		}
	})
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, error %v", pattern, len(paths), err)
	}
	return paths
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
