package planner

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/restorectl/restorectl/config"
)

// codeHalfAlive is the code of the finding that a process runs and does not listen.
const codeHalfAlive = "half-alive"

// maxSkew is how far a host's clock may be off before it is worth a word: run records and logs are compared by time.
const maxSkew = 30 * time.Second

// findings collects what the checks say.
type findings []Finding

func (fs *findings) add(sev Severity, code, host, summary, remedy string) {
	*fs = append(*fs, Finding{sev, code, host, summary, remedy})
}

func (fs findings) errors() int {
	n := 0
	for _, f := range fs {
		if f.Severity == Error {
			n++
		}
	}
	return n
}

// soften makes warnings of the errors from the index on.
func (fs findings) soften(from int) {
	for i := from; i < len(fs); i++ {
		if fs[i].Severity == Error {
			fs[i].Severity = Warning
		}
	}
}

// Check says what is wrong or worth knowing about a restore of this configuration in this world. The backup comes first:
// nothing else matters when it is no good.
func Check(r *config.Restore, o *Observation, remedy Remedy, im *Impact, now time.Time) []Finding {
	var fs findings
	checkAbsent(&fs, r, o)
	checkLock(&fs, o)
	if o.outOfReach(o.Backup.Scheduler) {
		// Nothing is known of the backup; what keeps its host away is said below.
		for i := range o.Hosts {
			checkHost(&fs, r, &o.Hosts[i], &o.Backup)
			checkEdited(&fs, &o.Hosts[i])
		}
		return fs
	}
	if !remedy.editsHosts() {
		checkWithoutBackup(&fs, r, o, remedy)
		return fs
	}
	checkStores(&fs, o)
	before := fs.errors()
	if checkBackup(&fs, r, o, now); fs.errors() > before {
		return fs
	}
	for i := range o.Hosts {
		h := &o.Hosts[i]
		checkHost(&fs, r, h, &o.Backup)
		checkEdited(&fs, h)
		if h.Settings.Refusal != "" {
			fs.add(Error, "flags-not-editable", h.Name, h.Settings.Path+": "+h.Settings.Refusal, "write the flag by hand where it can be changed, with the value that it has now, and plan again")
		}
		checkTool(&fs, h)
	}
	checkHold(&fs, r, o)
	checkHoles(&fs, o)
	checkAgreement(&fs, r, o, remedy)
	checkImpact(&fs, o, im, now)
	checkMaintenance(&fs, &o.Backup)
	checkOthers(&fs, o, remedy)
	checkService(&fs, o)
	return fs
}

// outOfReach says whether a scheduler's host could not be observed.
func (o *Observation) outOfReach(scheduler string) bool {
	return slices.ContainsFunc(o.Hosts, func(h Host) bool { return h.Name == scheduler && h.Problem != "" })
}

func checkBackup(fs *findings, r *config.Restore, o *Observation, now time.Time) {
	b := &o.Backup
	if b.Problem != "" {
		fs.add(Error, "backup-unusable", "", b.Problem, orSubstitute("choose another backup (`restorectl backups` lists all); nothing was changed", o))
		return
	}
	for _, why := range b.Refusals {
		fs.add(Error, "backup-refused", "", "the scheduler would refuse to stage "+b.Name+": "+why,
			orSubstitute("choose another backup (`restorectl backups` lists all), or restore with the release that wrote this one", o))
	}
	for _, why := range b.LaterRefusals {
		fs.add(Warning, "backup-refused-later", "", "no scheduler tells its release, and one of 0.20 or later would refuse to stage "+b.Name+": "+why,
			"go on only if the schedulers are of an earlier release, as the one was that wrote this backup")
	}
	age := now.Sub(b.Time)
	if max := r.Backup.MaxAge; max > 0 && age > max {
		fs.add(Error, "backup-too-old", "", fmt.Sprintf("the snapshot in %s is %s old (taken %s), older than max_age %s: every task started since then would be killed",
			b.Name, Age(age), b.Time.UTC().Format(time.RFC3339), Age(max)),
			orNewer(`choose a newer backup, or raise max_age in the block "backup" (max_age = "unlimited" takes any)`, o))
	}
	if age < -maxSkew {
		fs.add(Warning, "backup-from-the-future", "", fmt.Sprintf("the snapshot in %s is dated %s, which is yet to come", b.Name, b.Time.UTC().Format(time.RFC3339)),
			"check the clocks of this machine and of the scheduler that wrote it")
	}
	if b.ActiveTasks == 0 {
		fs.add(Warning, "backup-without-tasks", "", b.Name+" holds no active task: restoring it kills everything that runs",
			"go on only if the cluster is meant to be empty")
	}
	for _, id := range r.Recovery.DeleteTasks {
		if !slices.Contains(b.TaskIDs, id) {
			fs.add(Error, "delete-unknown-task", "", "recovery.delete_tasks names "+id+", which is not in "+b.Name, "take it out of delete_tasks, or correct the id")
		}
	}
}

func checkHost(fs *findings, r *config.Restore, h *Host, b *Backup) {
	if h.Problem != "" {
		fs.add(Error, "host-unreachable", h.Name, h.Problem,
			"make the host reachable: "+whyAbsent+", so every replica must be reset or none; if the host is dead, `restorectl plan --without "+h.Name+"` plans for the others")
		return
	}
	if d := time.Duration(h.Skew); d > maxSkew || d < -maxSkew {
		fs.add(Warning, "clock-skew", h.Name, fmt.Sprintf("its clock is %s off", d), "set the clock: logs of the run can't be compared otherwise")
	}
	for _, run := range h.OpenRuns() {
		fs.add(Error, "run-open", h.Name, run.Claim().String()+", has not been finished on this host", "finish it first, where its journal lies: `restorectl apply` goes on with it, "+
			"`restorectl revert` undoes it; where the journal is lost, `restorectl adopt` takes it over")
	}
	if h.Service.State == "missing" {
		fs.add(Error, "service-missing", h.Name, fmt.Sprintf("%s knows no service %q (%s)", h.Service.Kind, h.Service.Name, h.Service.Detail), `name the right unit in the block "service"`)
	}
	if h.HalfAlive() {
		fs.add(Note, codeHalfAlive, h.Name, fmt.Sprintf("process %d runs and its port %d is closed: it has given up, or was started a moment ago", h.Process.PID, h.HTTP.Port), "")
	}
	if h.Settings.Problem != "" {
		fs.add(Error, "settings-unreadable", h.Name, h.Settings.Problem, `correct the file, or the paths in the block "flags"`)
		return
	}
	checkFlags(fs, r, h)
	checkReplica(fs, r, h, b)
}

func checkFlags(fs *findings, r *config.Restore, h *Host) {
	for _, name := range []string{flagClusterName, flagLogPath, flagBackupDir, flagServerset, flagMaster} {
		if h.value(name) == "" {
			fs.add(Error, "flag-missing", h.Name, fmt.Sprintf("-%s is not set in %s", name, h.Settings.Path), "a scheduler can't run without it: correct the settings")
		}
	}
	c := &r.Cluster
	differs := func(attribute, written, flag string) {
		if found := h.value(flag); written != "" && written != found {
			fs.add(Error, "differs-from-configuration", h.Name, fmt.Sprintf("%s is %q in the configuration, but -%s is %q on the host", attribute, written, flag, found),
				"correct the configuration, or leave the attribute out: it is discovered")
		}
	}
	differs("cluster.name", c.Name, flagClusterName)
	differs("cluster.http_port", number(c.HTTPPort), flagHTTPPort)
	differs("cluster.quorum_size", number(c.QuorumSize), flagQuorum)
	differs("cluster.serverset_path", c.ServersetPath, flagServerset)
	differs("cluster.log.path", c.Log.Path, flagLogPath)
	differs("backup.dir", r.Backup.Dir, flagBackupDir)
	for _, running := range h.Process.Flags {
		written, ok := h.Flag(running.Name)
		if ok && written.Value != running.Value {
			fs.add(Warning, "flags-not-in-force", h.Name, fmt.Sprintf("the running scheduler has -%s=%s, its settings say %s", running.Name, running.Value, written.Value),
				"the settings changed after the start; they are what the plan goes by")
		}
	}
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func checkReplica(fs *findings, r *config.Restore, h *Host, b *Backup) {
	rep := &h.Replica
	if h.LogUser(r.Cluster.Log.User) == "" {
		fs.add(Error, "log-user-unknown", h.Name, "no log is there and no scheduler runs that would tell who is to own "+rep.Path, `name the scheduler's user in log { user = "aurora" }`)
	}
	if rep.Mountpoint {
		fs.add(Error, "log-is-mountpoint", h.Name, rep.Path+" is a mount point, so it can't be moved aside", "mount the filesystem one level higher, with the log in a folder of it")
	}
	if h.RunsApart {
		fs.add(Error, "run-folder-apart", h.Name, "log.run_folder is on another filesystem than "+rep.Path+", which can't be moved into it", "name a folder on the log's filesystem, or none")
	}
	if need := b.Size*3 + 64<<20; rep.State != "missing" && rep.Free < need {
		fs.add(Error, "no-space", h.Name, fmt.Sprintf("%d MiB are free beside %s, the restore needs %d MiB", rep.Free>>20, rep.Path, need>>20), "make room on that filesystem; don't delete the log")
	}
	switch rep.State {
	case "damaged":
		fs.add(Note, "log-damaged", h.Name, "its replica can't be read whole: "+rep.Problem, "")
	case "missing", "empty", "uninitialised":
		fs.add(Note, "log-"+rep.State, h.Name, "its replica holds nothing ("+rep.State+")", "")
	}
}

// checkAgreement compares the hosts with each other and with the number of schedulers. A replica catches up also where the schedulers differ
// in how they serve.
func checkAgreement(fs *findings, r *config.Restore, o *Observation, remedy Remedy) {
	var read []*Host
	for i := range o.Hosts {
		if h := &o.Hosts[i]; h.Problem == "" && h.Settings.Problem == "" {
			read = append(read, h)
		}
	}
	if len(read) == 0 {
		return
	}
	for _, name := range []string{flagClusterName, flagServerset, flagZKEndpoints, flagZKChroot, flagLogGroup, flagQuorum, flagMaster, flagAuthentication} {
		byValue := map[string][]string{}
		var order []string
		for _, h := range read {
			v := h.value(name)
			if _, seen := byValue[v]; !seen {
				order = append(order, v)
			}
			byValue[v] = append(byValue[v], h.Name)
		}
		if len(order) < 2 {
			continue
		}
		var parts []string
		for _, v := range order {
			parts = append(parts, fmt.Sprintf("%q on %s", v, strings.Join(byValue[v], ", ")))
		}
		severity := Error
		if !remedy.editsHosts() && (name == flagMaster || name == flagAuthentication) {
			severity = Warning
		}
		fs.add(severity, "flags-disagree", "", fmt.Sprintf("-%s is not the same on all schedulers: %s", name, strings.Join(parts, "; ")),
			"they would not be one cluster: correct the settings of the odd one, or the list of schedulers")
	}
	want := len(r.Cluster.Schedulers)/2 + 1
	for _, h := range read {
		if got := h.value(flagQuorum); got != strconv.Itoa(want) {
			fs.add(Error, "quorum-size", h.Name, fmt.Sprintf("-native_log_quorum_size is %s, but %d schedulers need a quorum of %d", got, len(r.Cluster.Schedulers), want),
				"correct the flag, or the list of schedulers: a wrong quorum loses or splits the log")
		}
	}
	if n := len(r.Cluster.Schedulers); n%2 == 0 {
		fs.add(Warning, "even-schedulers", "", fmt.Sprintf("%d schedulers survive no more failures than %d", n, n-1), "use an odd number")
	}
}

// checkService says so when the cluster does not look as if it needed a restore.
func checkService(fs *findings, o *Observation) {
	sound := 0
	leader := ""
	for i := range o.Hosts {
		h := &o.Hosts[i]
		if h.HTTP.Lifecycle == "ACTIVE" && h.HTTP.Registered {
			leader = h.Name
		}
		if o.sound(&h.Replica) {
			sound++
		}
	}
	if leader != "" && sound >= o.quorum() {
		fs.add(Warning, "cluster-serves", "", fmt.Sprintf("%s leads, is registered, and %d of %d replicas are sound: the cluster serves without a restore", leader, sound, len(o.Hosts)+len(o.Absent)),
			"a restore throws away everything since the backup was taken; go on only if that is what you want")
	}
}

// Age writes a span of time as people say it, in its two largest units.
func Age(d time.Duration) string {
	d = d.Round(time.Second)
	if d < 0 {
		return "-" + Age(-d)
	}
	units := []struct {
		name string
		span time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.span {
			continue
		}
		s := fmt.Sprintf("%d%s", d/u.span, u.name)
		if i+1 < len(units) && d%u.span >= units[i+1].span {
			s += fmt.Sprintf("%d%s", d%u.span/units[i+1].span, units[i+1].name)
		}
		return s
	}
	return "0s"
}
