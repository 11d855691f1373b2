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
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/restorectl/restorectl/providers/backup/backuptest"
	"github.com/restorectl/restorectl/providers/backup/baseline"
)

// sizes are how many tasks the benchmarks' backups have; `make bench` asks for all, with BENCH_TASKS=10000,100000,1000000.
func sizes(b *testing.B) []int {
	b.Helper()
	text := os.Getenv("BENCH_TASKS")
	if text == "" {
		text = "10000"
	}
	var out []int
	for _, s := range strings.Split(text, ",") {
		var n int
		if _, err := fmt.Sscan(s, &n); err != nil {
			b.Fatal(err)
		}
		out = append(out, n)
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
	if err := backuptest.Generate(w, n); err != nil {
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
// by the code that the Apache Thrift compiler generates. At its end it prints the table of docs/performance.md.
func BenchmarkDecode(b *testing.B) {
	var rows []row
	for _, n := range sizes(b) {
		file := generated(b, n)
		for _, way := range []struct {
			name string
			read func(r io.Reader) (int, error)
		}{
			{"thrift", readWithThrift},
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
			r := row{tasks: n, way: way.name}
			b.Run(fmt.Sprintf("tasks=%d/%s", n, way.name), func(b *testing.B) { r.measure(b, file, way.read) })
			rows = append(rows, r)
		}
	}
	printTable(rows)
}

var strictConfig = &thrift.TConfiguration{MaxMessageSize: 1 << 31 >> 1, TBinaryStrictRead: new(bool)}

// readWithThrift decodes a file as the library does it best from a stream: through one large buffer.
func readWithThrift(r io.Reader) (int, error) {
	p := thrift.NewTBinaryProtocolConf(thrift.NewStreamTransportR(bufio.NewReaderSize(r, 512<<10)), strictConfig)
	snapshot := baseline.NewSnapshot()
	err := snapshot.Read(context.Background(), p)
	runtime.KeepAlive(snapshot)
	return len(snapshot.Tasks), err
}

// row is a line of the table: the fastest of the runs, and the most memory that was in use at once beyond what was before, in bytes.
type row struct {
	tasks int
	way   string
	bytes int64
	best  time.Duration
	peak  uint64
}

// measure reads the file as often as the benchmark asks for.
func (r *row) measure(b *testing.B, file string, read func(io.Reader) (int, error)) {
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	r.bytes, r.best, r.peak = info.Size(), time.Hour, 0
	b.SetBytes(r.bytes)
	for b.Loop() {
		f, err := os.Open(file)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		debug.FreeOSMemory()
		before := inUse()
		b.StartTimer()
		watch, begin := startWatch(), time.Now()
		got, err := read(f)
		took := time.Since(begin)
		used := watch.stop()
		if err != nil || got != r.tasks {
			b.Fatalf("%d tasks of %d, error %v", got, r.tasks, err)
		}
		r.best = min(r.best, took)
		if used > before {
			r.peak = max(r.peak, used-before)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(r.peak)/(1<<20), "peak-MiB")
}

// printTable prints the rows as docs/performance.md has them. The first row of each size is what the others are compared with.
func printTable(rows []row) {
	fmt.Printf("\n| tasks | bytes | way | throughput | times as fast | peak memory | of the library's |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	base := row{}
	for _, r := range rows {
		if r.best == 0 {
			continue // Not chosen by -bench.
		}
		if r.tasks != base.tasks {
			base = r
		}
		fmt.Printf("| %d | %d MB | %s | %.0f MB/s | %.1f | %.1f MiB | 1/%.1f |\n", r.tasks, r.bytes/1e6, r.way,
			float64(r.bytes)/1e6/r.best.Seconds(), base.best.Seconds()/r.best.Seconds(), float64(r.peak)/(1<<20), float64(base.peak)/float64(max(r.peak, 1)))
	}
	fmt.Println()
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
