package providers

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/backup"
	"github.com/restorectl/restorectl/providers/backup/backuptest"
	"github.com/restorectl/restorectl/providers/mesos"
)

// BenchmarkImpact compares a backup with what a Mesos master says that runs, as plan does it: pages of tasks are asked for and decoded,
// and the plan with its impact is made. Of a hundred tasks one runs that the backup does not know, and one of the backup does not run.
// What reading the backup takes is told beside it, and how much the master tells of its tasks. BENCH_IMPACT_TASKS says how many tasks there are on both sides.
func BenchmarkImpact(b *testing.B) {
	n := 3000
	if text := os.Getenv("BENCH_IMPACT_TASKS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	seen, took := observeGenerated(b, n)
	answers, size := masterAnswers(n)
	server := httptest.NewServer(answers)
	defer server.Close()
	master := mesos.Master{Address: strings.TrimPrefix(server.URL, "http://"), Dial: (&net.Dialer{}).DialContext}
	r := &config.Restore{Backup: config.Backup{MaxAge: time.Hour}, Recovery: config.Recovery{Remedy: string(planner.RemedyRestore)}}
	for b.Loop() {
		running, err := master.Running(b.Context(), seen.FrameworkID, []string{"Aurora"})
		if err != nil {
			b.Fatal(err)
		}
		im := planner.New(r, &planner.Observation{Time: seen.Time, Backup: seen, Running: running}, seen.Time, "benchmark").Impact
		if im == nil || im.Running != n || im.Unaffected != n-n/100 || len(im.Killed) != n/100 || len(im.Rescheduled) != n/100 {
			b.Fatalf("the impact is not that of the tasks: %+v", im)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/impact")
	b.ReportMetric(took.Seconds(), "s-to-read-the-backup")
	b.ReportMetric(float64(size)/1e6, "MB-of-tasks")
}

// observeGenerated makes a backup of n tasks and reads it as plan does, which takes that long.
func observeGenerated(b *testing.B, n int) (planner.Backup, time.Duration) {
	b.Helper()
	file := filepath.Join(b.TempDir(), "backup")
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := backuptest.Generate(w, n); err != nil {
		b.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	seen := backup.Observe(b.Context(), backup.Sources{}, config.Backup{File: file}, "")
	if seen.Problem != "" {
		b.Fatal(seen.Problem)
	}
	return seen, time.Since(began)
}

// masterAnswers are the answers of a Mesos master that runs n tasks, made before they are asked for, and how many bytes its tasks take. Every
// hundredth is another one than the backup's.
func masterAnswers(n int) (answers http.Handler, size int) {
	tasks := make([]string, n)
	for i := range tasks {
		t := backuptest.Task(i)
		if i%100 == 99 {
			t.AssignedTask.TaskID += "-new"
		}
		tasks[i] = mesosTask(&t)
		size += len(tasks[i])
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"type": "GET_FRAMEWORKS", "get_frameworks": {"frameworks": [{"framework_info": {"id": {"value": "framework-1"}, "name": "Aurora", "failover_timeout": 1814400}, "connected": true}]}}`)
	})
	mux.HandleFunc("GET /master/tasks", func(w http.ResponseWriter, r *http.Request) {
		offset, err := strconv.Atoi(r.FormValue("offset"))
		limit, err2 := strconv.Atoi(r.FormValue("limit"))
		if err != nil || err2 != nil {
			http.Error(w, "limit and offset are numbers", http.StatusBadRequest)
			return
		}
		from := min(offset, n)
		fmt.Fprintf(w, `{"tasks":[%s]}`, strings.Join(tasks[from:min(from+limit, n)], ","))
	})
	return mux, size
}

// mesosTask is a task as the master's /master/tasks shows it, with what else it shows of it.
func mesosTask(t *aurora.ScheduledTask) string {
	a := t.AssignedTask
	status := func(state string, at float64) string {
		return fmt.Sprintf(`{"state":%q,"timestamp":%f,"container_status":{"container_id":{"value":"6e9d2a44-0c57-4a24-a1a7-98e2b6b4f1c3"},"network_infos":[{"ip_addresses":[{"protocol":"IPv4","ip_address":"10.0.3.7"}]}]}}`, state, at)
	}
	return fmt.Sprintf(`{"id":%q,"name":%q,"framework_id":"framework-1","executor_id":"thermos-%s","slave_id":%q,"state":"TASK_RUNNING",`+
		`"resources":{"disk":4096.0,"gpus":0.0,"mem":2048.0,"cpus":1.5,"ports":"[31000-31000]"},"role":"*","statuses":[%s,%s],`+
		`"labels":[{"key":"org.apache.aurora.metadata.team","value":%q},{"key":"org.apache.aurora.tier","value":"preferred"}],`+
		`"discovery":{"visibility":"CLUSTER","name":%q,"ports":{"ports":[{"number":31000,"name":"http","protocol":"TCP"}]}},`+
		`"container":{"type":"MESOS","mesos":{}}}`, a.TaskID, t.Job(), a.TaskID, a.SlaveID, status("TASK_STARTING", 1795507600.5), status("TASK_RUNNING", 1795507601.5),
		a.Task.Job.Role, t.Job())
}
