package scheduler

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/log/replica"
	"github.com/restorectl/restorectl/providers/sandbox/master"
	"github.com/restorectl/restorectl/providers/sandbox/netfilter"
)

// tasksOf counts the tasks in a scheduler's store by status.
func (c *cluster) tasksOf(t *testing.T, i int) map[aurora.ScheduleStatus]int {
	t.Helper()
	counts := map[aurora.ScheduleStatus]int{}
	err := c.procs[i].view(func(s *aurora.Store) {
		for _, task := range s.Tasks() {
			counts[task.Status]++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func (c *cluster) portOpen(i int) bool {
	conn, err := net.DialTimeout("tcp", c.host(i)+":8081", patience)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func TestCommitFailsOverAndLeavesTheOldLeaderHalfAlive(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	leader, _ := c.up(t, c.half(), awaitingRegistration)
	c.restore(t, leader)
	old := c.procs[leader]
	eventually(t, "the old leader's port to close", func() bool { return !c.portOpen(leader) })
	delete(c.procs, leader)
	next := c.await(t, awaitingRegistration)
	if got := c.tasksOf(t, next); got[aurora.Running] != 14 || got[aurora.Killed] != 1 {
		t.Errorf("the next leader's store: %v", got)
	}
	eventually(t, "the next leader to find the framework id", func() bool {
		return strings.Contains(c.output[next].String(), "Found persisted framework ID: Optional[framework-1a20c93ec6b]")
	})
	// With another replica gone, only the old leader's can make the quorum.
	third := 6 - leader - next
	c.stop(t, third)
	c.code(t, next, `[1,"snapshot",1,0,{}]`, aurora.OK)
	if old.life.Err() != nil || old.lifecycleNow() != dead {
		t.Error("the old leader is not half-alive")
	}
	c.procs[leader] = old
}

func TestRegistrationThatDoesNotComeEndsALeader(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.start(t, 1, append(c.half()[:1], "-max_registration_delay=50ms")...)
	c.start(t, 2, append(c.half()[:1], "-max_registration_delay=50ms")...)
	eventually(t, "both to die, one after the other", func() bool {
		return c.procs[1].lifecycleNow() == dead && c.procs[2].lifecycleNow() == dead && !c.portOpen(1) && !c.portOpen(2)
	})
	for i := 1; i <= 2; i++ {
		eventually(t, "the last words", func() bool { return strings.Contains(c.output[i].String(), "Application run() exited.") })
		if text := c.output[i].String(); !strings.Contains(text, "Giving up on registration in (50, ms)") ||
			!strings.Contains(text, "Framework has not been registered within the tolerated delay.") {
			t.Errorf("scheduler %d:\n%s", i, text)
		}
	}
}

func TestReconciliationKillsUnknownTasksAndLaunchesLostOnesAnew(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	leader, _ := c.up(t, c.half(), awaitingRegistration)
	c.restore(t, leader)
	c.stop(t, leader)
	next := c.await(t, awaitingRegistration)
	var running []string
	if err := c.procs[next].view(func(s *aurora.Store) {
		for _, task := range s.Tasks() {
			if task.Status == aurora.Running {
				running = append(running, task.ID())
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	// Two that the backup believes in are gone, and three are newer than the backup.
	tasks := []master.Task{}
	for _, id := range append(running[2:], "newer-1", "newer-2", "newer-3") {
		tasks = append(tasks, master.Task{ID: id, AgentID: "agent-1", State: master.TaskRunning})
	}
	err := c.master.Seed(master.Framework{FrameworkInfo: master.FrameworkInfo{ID: "framework-1a20c93ec6b", Name: "Aurora"}}, tasks...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.procs {
		c.stop(t, i)
	}
	serving, _ := c.up(t, c.whole(), active)
	eventually(t, "reconciliation", func() bool {
		got := c.tasksOf(t, serving)
		killed := 0
		for _, e := range c.master.Events() {
			if e.Kind == master.TaskKilledEvent && e.Why == master.ByReconciliation && strings.HasPrefix(e.TaskID, "newer-") {
				killed++
			}
		}
		return got[aurora.Lost] == 2 && got[aurora.Running] == len(running) && killed == 3
	})
}

func TestALeaderThatIsGoneIsFollowed(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	leader, _ := c.up(t, c.whole(), active)
	c.stop(t, leader)
	next := c.await(t, active)
	if next == leader {
		t.Errorf("scheduler %d leads and is stopped", next)
	}
}

func TestAnUninitialisedLogNeverGetsReady(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	for i := 1; i <= 3; i++ {
		if err := os.RemoveAll(c.log(i)); err != nil {
			t.Fatal(err)
		}
		c.start(t, i, c.half()...)
	}
	leader := 0
	eventually(t, "a leader by the gauge", func() bool {
		for i, p := range c.procs {
			if p.lifecycleNow() == awaitingRegistration {
				leader = i
			}
		}
		return leader != 0
	})
	c.code(t, leader, `[1,"getJobs",1,0,{}]`, aurora.ErrorTransient)
	eventually(t, "the complaint", func() bool {
		return strings.Contains(c.output[leader].String(), "Replicated log has not been initialized.")
	})
}

// TestReplicasThatCanNotReachEachOtherHaveNoLeader blocks the log's port together with the HTTP port, which a restore must not.
func TestReplicasThatCanNotReachEachOtherHaveNoLeader(t *testing.T) {
	t.Parallel()
	c := newCluster(t, "-native_log_election_retries=1", "-native_log_election_timeout=200ms")
	const blocked = "table inet t { chain c { type filter hook input priority 0; policy accept; iif lo accept; tcp dport { 8081, 8083 } reject; }; }"
	for i := 1; i <= 2; i++ {
		var said bytes.Buffer
		if netfilter.Main([]string{"add", blocked}, c.filter(i), nil, io.Discard, &said) != 0 {
			t.Fatal(said.String())
		}
		c.start(t, i, c.half()...)
	}
	for i := 1; i <= 2; i++ {
		eventually(t, "scheduler to give up", func() bool {
			return strings.Contains(c.output[i].String(), "Failed to start storage: the log has no writer")
		})
	}
}

func TestADamagedLogEndsTheSchedulerAtItsStart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.start(t, 1, c.half()...)
	c.start(t, 2, c.half()...)
	leader := c.await(t, awaitingRegistration)
	c.restore(t, leader)
	c.stop(t, 1)
	if _, err := replica.Read(c.log(1), nil); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(c.log(1), "MANIFEST-*"))
	if err != nil || len(tables) != 1 {
		t.Fatal(tables, err)
	}
	if err := os.Remove(tables[0]); err != nil {
		t.Fatal(err)
	}
	f, err := parseFlags(append(c.args(1), c.half()...))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, err = start(t.Context(), f, &console{out: &out}, surroundings{native: c.host(1) + ":8083"})
	if err == nil || !strings.HasPrefix(err.Error(), "EXIT with status 1: Failed to recover the log: ") {
		t.Errorf("error: %v", err)
	}
}

func TestBackupsAreWrittenRestoredAndRotated(t *testing.T) {
	t.Parallel()
	c := newCluster(t, "-max_saved_backups=2")
	leader, _ := c.up(t, c.whole(), active)
	for i := range 3 {
		name := fmt.Sprintf("scheduler-backup-2020-01-0%d-00-00", i+1)
		if err := os.WriteFile(filepath.Join(c.backups(leader), name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-time.Minute).Format("2006-01-02-15-04")
	c.code(t, leader, `[1,"performBackup",1,0,{}]`, aurora.OK)
	names, err := backupNames(c.backups(leader))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 2 || names[0] != "scheduler-backup-2020-01-03-00-00" || names[1] < "scheduler-backup-"+before {
		t.Errorf("backups: %v", names)
	}
	c.code(t, leader, `[1,"stageRecovery",1,0,{"1":{"str":"`+names[1]+`"}}]`, aurora.OK)
	// One that fails is answered in the same way.
	if err := os.RemoveAll(c.backups(leader)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.backups(leader), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.code(t, leader, `[1,"performBackup",1,0,{}]`, aurora.OK)
	if v := c.procs[leader].vars(); v["scheduler_backup_success"] != 1 || v["scheduler_backup_failed"] != 1 {
		t.Errorf("gauges: %v succeeded, %v failed", v["scheduler_backup_success"], v["scheduler_backup_failed"])
	}
}

func TestKilledTasksAreNotLaunchedAnew(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	leader, _ := c.up(t, c.whole(), active)
	p := c.procs[leader]
	key := &aurora.JobKey{Role: "ops", Environment: "prod", Name: "cache"}
	config := &aurora.TaskConfig{Job: key, IsService: true}
	task := p.moved(aurora.ScheduledTask{AssignedTask: &aurora.AssignedTask{TaskID: "ops-prod-cache-0-x", Task: config}}, aurora.Pending, "")
	if err := p.change(func(*aurora.Store) []aurora.Op { return []aurora.Op{saveTasks(task)} }); err != nil {
		t.Fatal(err)
	}
	p.launchPending()
	eventually(t, "the task to run", func() bool { return c.tasksOf(t, leader)[aurora.Running] == 1 })
	c.code(t, leader, `[1,"killTasks",1,0,{"4":{"rec":{"1":{"str":"ops"},"2":{"str":"prod"},"3":{"str":"cache"}}}}]`, aurora.OK)
	eventually(t, "the task to end", func() bool { return c.tasksOf(t, leader)[aurora.Killed] == 1 })
	if got := c.tasksOf(t, leader); len(got) != 1 {
		t.Errorf("tasks: %v", got)
	}
}

// restored gives a cluster whose logs hold the recorded backup, all stopped.
func restored(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t)
	leader, _ := c.up(t, c.half(), awaitingRegistration)
	c.restore(t, leader)
	c.stop(t, leader)
	c.await(t, awaitingRegistration)
	c.start(t, leader, c.half()...)
	eventually(t, "every replica to vote", func() bool {
		for _, p := range c.procs {
			if p.log.Status() != "VOTING" || p.log.End() < 2 {
				return false
			}
		}
		return true
	})
	for i := 1; i <= 3; i++ {
		c.stop(t, i)
	}
	return c
}

// TestALeaderIsActiveBeforeItIsAdvertised lets a leader register while ZooKeeper is away.
func TestALeaderIsActiveBeforeItIsAdvertised(t *testing.T) {
	t.Parallel()
	c := restored(t)
	address := c.net + "202:5050"
	leader, _ := c.up(t, []string{"-mesos_master_address=" + address}, awaitingRegistration)
	p := c.procs[leader]
	if err := c.zk.Pause(); err != nil {
		t.Fatal(err)
	}
	late, err := master.Listen(address, master.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = late.Close() }() // It keeps nothing.
	eventually(t, "the leader to be active", func() bool { return p.lifecycleNow() == active })
	if err := c.zk.Resume(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the leader to be advertised", func() bool { return p.advertised() == p.self() })
}

// TestAnEmptiedReplicaCatchesUp is a line of the table of what damaged logs do: the others have everything.
func TestAnEmptiedReplicaCatchesUp(t *testing.T) {
	t.Parallel()
	c := restored(t)
	if err := os.RemoveAll(c.log(1)); err != nil {
		t.Fatal(err)
	}
	leader, _ := c.up(t, c.half(), awaitingRegistration)
	if got := c.tasksOf(t, leader); got[aurora.Running] != 14 {
		t.Errorf("the leader's store: %v", got)
	}
	eventually(t, "the replica to join", func() bool { return c.procs[1].log.Status() == "VOTING" })
	if text := c.output[1].String(); !strings.Contains(text, "Replica is in EMPTY status") || !strings.Contains(text, "Successfully joined the Paxos group") {
		t.Errorf("its output:\n%s", text)
	}
}

// TestAMinorityOfBrokenLogsIsSurvived is another: one scheduler ends at each start, the others lead with the full state.
func TestAMinorityOfBrokenLogsIsSurvived(t *testing.T) {
	t.Parallel()
	c := restored(t)
	manifests, err := filepath.Glob(filepath.Join(c.log(1), "MANIFEST-*"))
	if err != nil || len(manifests) != 1 {
		t.Fatal(manifests, err)
	}
	if err := os.Remove(manifests[0]); err != nil {
		t.Fatal(err)
	}
	f, err := parseFlags(append(c.args(1), c.half()...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := start(t.Context(), f, &console{out: &bytes.Buffer{}}, surroundings{native: c.host(1) + ":8083"}); err == nil {
		t.Error("it started on a broken log")
	}
	c.start(t, 2, c.half()...)
	c.start(t, 3, c.half()...)
	if got := c.tasksOf(t, c.await(t, awaitingRegistration)); got[aurora.Running] != 14 {
		t.Errorf("the leader's store: %v", got)
	}
}
