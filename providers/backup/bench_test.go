package backup

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
)

// sizes are how many tasks the benchmarks' backups have; `make bench` asks for all, with BENCH_TASKS=10000,100000,1000000.
func sizes(b *testing.B) []int {
	b.Helper()
	text := os.Getenv("BENCH_TASKS")
	if text == "" {
		text = "10000"
	}
	var out []int
	for _, s := range split(text) {
		var n int
		if _, err := fmt.Sscan(s, &n); err != nil {
			b.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

func split(s string) []string {
	var out []string
	for len(s) > 0 {
		i := 0
		for i < len(s) && s[i] != ',' {
			i++
		}
		out = append(out, s[:i])
		s = s[min(i+1, len(s)):]
	}
	return out
}

// generated writes a backup of n tasks into a file.
func generated(b *testing.B, n int) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), "backup")
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := generate(w, n); err != nil {
		b.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return file
}

// BenchmarkDecode compares, in one run and on the same file, reading a summary and a full index of tasks with decoding the whole file
// by the Apache Thrift library into structs.
func BenchmarkDecode(b *testing.B) {
	for _, n := range sizes(b) {
		file := generated(b, n)
		for _, way := range []struct {
			name string
			read func(r io.Reader) (int, error)
		}{
			{"thrift", func(r io.Reader) (int, error) {
				p := thrift.NewTBinaryProtocolConf(thrift.NewStreamTransportR(bufio.NewReaderSize(r, bufferSize)), strictConfig)
				tasks, err := baseline(context.Background(), p)
				runtime.KeepAlive(tasks)
				return len(tasks), err
			}},
			{"summary", func(r io.Reader) (int, error) {
				report, err := Scan(r, Keep{})
				if err != nil {
					return 0, err
				}
				return report.Tasks, nil
			}},
			{"index", func(r io.Reader) (int, error) {
				var index []Task
				_, err := Scan(r, Keep{Visit: func(t Task) { index = append(index, t) }})
				return len(index), err
			}},
		} {
			b.Run(fmt.Sprintf("tasks=%d/%s", n, way.name), func(b *testing.B) { measure(b, file, n, way.read) })
		}
	}
}

var strictConfig = &thrift.TConfiguration{MaxMessageSize: 1 << 31 >> 1, TBinaryStrictRead: new(bool)}

// measure reports throughput, and the most memory that was in use at once beyond what was before.
func measure(b *testing.B, file string, n int, read func(io.Reader) (int, error)) {
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	peak := uint64(0)
	for b.Loop() {
		f, err := os.Open(file)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		debug.FreeOSMemory()
		before := inUse()
		b.StartTimer()
		watch := startWatch()
		got, err := read(f)
		used := watch.stop()
		if err != nil || got != n {
			b.Fatalf("%d tasks of %d, error %v", got, n, err)
		}
		if used > before {
			peak = max(peak, used-before)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// watch looks at the memory in use from time to time.
type watch struct {
	peak atomic.Uint64
	end  chan struct{}
	done chan struct{}
}

func startWatch() *watch {
	w := &watch{end: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for {
			w.peak.Store(max(w.peak.Load(), inUse()))
			select {
			case <-w.end:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return w
}

func (w *watch) stop() uint64 {
	close(w.end)
	<-w.done
	return max(w.peak.Load(), inUse())
}
