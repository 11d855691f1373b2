package scheduler

import (
	"errors"
	"slices"

	"github.com/restorectl/restorectl/providers/aurora"
)

// The services that calls belong to, by which permissions are named.
const (
	readOnly = "thrift.ReadOnlyScheduler"
	manager  = "thrift.AuroraSchedulerManager"
	admin    = "thrift.AuroraAdmin"
)

// method is one call of the API.
type method struct {
	domain string
	// arguments makes what the call's arguments are read into.
	arguments func() any
	run       func(p *process, arguments any) (*result, error)
}

func none() any  { return new(noArgument) }
func text() any  { return new(textArgument) }
func role() any  { return new(roleArgument) }
func query() any { return new(queryArgument) }

// plain makes a method of what returns nothing but an error.
func plain(f func(p *process) error) func(*process, any) (*result, error) {
	return func(p *process, _ any) (*result, error) { return nil, f(p) }
}

func methods() map[string]method {
	return map[string]method{
		"getTasksStatus":         {readOnly, query, func(p *process, a any) (*result, error) { return p.tasks(a, false) }},
		"getTasksWithoutConfigs": {readOnly, query, func(p *process, a any) (*result, error) { return p.tasks(a, true) }},
		"getJobs":                {readOnly, role, getJobs},
		"getJobSummary":          {readOnly, role, getJobSummary},
		"getQuota":               {readOnly, text, getQuota},
		"getJobUpdateSummaries":  {readOnly, func() any { return new(updatesArgument) }, getJobUpdateSummaries},
		"killTasks":              {manager, func() any { return new(jobArgument) }, killTasks},
		"listBackups":            {admin, none, listBackups},
		"performBackup":          {admin, none, plain((*process).backup)},
		"snapshot":               {admin, none, plain((*process).takeSnapshot)},
		"stageRecovery": {admin, text, func(p *process, a any) (*result, error) {
			return nil, p.stage(a.(*textArgument).Text)
		}},
		"queryRecovery":       {admin, query, queryRecovery},
		"deleteRecoveryTasks": {admin, query, deleteRecoveryTasks},
		"commitRecovery":      {admin, none, plain((*process).commit)},
		"unloadRecovery":      {admin, none, plain(func(p *process) error { p.unload(); return nil })},
		"triggerExplicitTaskReconciliation": {admin, none, plain(func(p *process) error {
			p.background(p.reconcileExplicitly)
			return nil
		})},
		"triggerImplicitTaskReconciliation": {admin, none, plain(func(p *process) error {
			p.background(p.reconcileImplicitly)
			return nil
		})},
	}
}

// answer runs a call and gives its response.
func (p *process) answer(m method, arguments any) *response {
	server := &serverInfo{ClusterName: p.flags.text("cluster_name")}
	result, err := m.run(p, arguments)
	switch {
	case errors.Is(err, errNotReady):
		return &response{Code: aurora.ErrorTransient, Server: server, Details: []detail{{err.Error()}}}
	case err != nil:
		return &response{Code: aurora.Failure, Server: server, Details: []detail{{err.Error()}}}
	}
	return &response{Code: aurora.OK, Result: result, Server: server, Details: []detail{}}
}

func (p *process) tasks(a any, withoutConfigs bool) (*result, error) {
	var found []aurora.ScheduledTask
	err := p.view(func(s *aurora.Store) { found = a.(*queryArgument).Query.choose(s.Tasks()) })
	if err != nil {
		return nil, err
	}
	if withoutConfigs {
		for i := range found {
			assigned, c := *found[i].AssignedTask, *found[i].AssignedTask.Task
			c.ExecutorConfig = nil
			assigned.Task = &c
			found[i].AssignedTask = &assigned
		}
	}
	return &result{Status: &tasksList{found}}, nil
}

func queryRecovery(p *process, a any) (r *result, err error) {
	err = p.loaded(func(s *aurora.Store) { r = &result{Recovery: &tasksSet{a.(*queryArgument).Query.choose(s.Tasks())}} })
	return r, err
}

func deleteRecoveryTasks(p *process, a any) (*result, error) {
	return nil, p.loaded(func(s *aurora.Store) {
		remove := &aurora.RemoveTasks{}
		for _, t := range a.(*queryArgument).Query.choose(s.Tasks()) {
			remove.TaskIDs = append(remove.TaskIDs, t.ID())
		}
		s.Apply(&aurora.Op{RemoveTasks: remove})
	})
}

func listBackups(p *process, _ any) (*result, error) {
	names, err := backupNames(p.flags.text("backup_dir"))
	if err != nil {
		names = []string{}
	}
	return &result{Backups: &backupsResult{names}}, nil
}

func killTasks(p *process, a any) (*result, error) {
	args := a.(*jobArgument)
	if args.Job == nil {
		return nil, errors.New("a job key is needed")
	}
	return nil, p.kill(&taskQuery{JobKeys: []aurora.JobKey{*args.Job}, InstanceIDs: args.Instances})
}

// jobs gives the jobs of a role, or of all where it is nil, that have active tasks or a cron schedule, with their tasks. An empty role is
// that of all tasks and of no cron job, as in Aurora (TaskStore.java, ReadOnlySchedulerImpl.java).
func (p *process) jobs(role *string) ([]aurora.JobConfiguration, map[aurora.JobKey][]aurora.ScheduledTask, error) {
	var order []aurora.JobKey
	byJob := map[aurora.JobKey][]aurora.ScheduledTask{}
	cron := map[aurora.JobKey]aurora.JobConfiguration{}
	err := p.view(func(s *aurora.Store) {
		snap := s.Snapshot()
		for _, c := range snap.CronJobs {
			if key := *c.JobConfiguration.Key; role == nil || key.Role == *role {
				cron[key] = *c.JobConfiguration
				order = append(order, key)
			}
		}
		for _, t := range snap.Tasks {
			if t.AssignedTask.Task == nil || role != nil && *role != "" && t.Job().Role != *role {
				continue
			}
			if t.Status.Active() && !slices.Contains(order, t.Job()) {
				order = append(order, t.Job())
			}
			byJob[t.Job()] = append(byJob[t.Job()], t)
		}
	})
	configs := []aurora.JobConfiguration{}
	for _, key := range order {
		if c, ok := cron[key]; ok {
			configs = append(configs, c)
			continue
		}
		active := slices.DeleteFunc(slices.Clone(byJob[key]), func(t aurora.ScheduledTask) bool { return !t.Status.Active() })
		config := active[0].AssignedTask.Task
		configs = append(configs, aurora.JobConfiguration{
			TaskConfig: config, Owner: config.Owner, InstanceCount: int32(len(active)), Key: &key, //nolint:gosec // A count of tasks.
		})
	}
	return configs, byJob, err
}

func getJobs(p *process, a any) (*result, error) {
	configs, _, err := p.jobs(a.(*roleArgument).Role)
	if err != nil {
		return nil, err
	}
	return &result{Jobs: &jobsResult{configs}}, nil
}

func getJobSummary(p *process, a any) (*result, error) {
	configs, tasks, err := p.jobs(a.(*roleArgument).Role)
	if err != nil {
		return nil, err
	}
	summaries := []jobSummary{}
	for i := range configs {
		stats := &jobStats{}
		for _, t := range tasks[*configs[i].Key] {
			switch {
			case t.Status == aurora.Pending || t.Status == aurora.Throttled:
				stats.Pending++
			case t.Status.Active():
				stats.Active++
			case t.Status == aurora.Failed || t.Status == aurora.Lost:
				stats.Failed++
			default:
				stats.Finished++
			}
		}
		summaries = append(summaries, jobSummary{Job: &configs[i], Stats: stats})
	}
	return &result{JobSummary: &summaryResult{summaries}}, nil
}
