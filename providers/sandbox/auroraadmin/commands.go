package auroraadmin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/scheduler"
)

// command is one of the client's commands.
type command struct {
	name      string
	arguments []string
	does      string
	run       func(ctx context.Context, p *proxy, words []string) error
}

func commands() []command {
	cluster := []string{"cluster"}
	return []command{
		{"reconcile_tasks", cluster, "Trigger explicit or implicit task reconciliation: [-t explicit|implicit] [-b N].", reconcile},
		{"scheduler_backup_now", cluster, "Immediately initiates a full storage backup.", plain("performBackup")},
		{"scheduler_commit_recovery", cluster, "Commits a staged recovery.", plain("commitRecovery")},
		{"scheduler_delete_recovery_tasks", []string{"cluster", "task_ids"}, "Deletes a comma-separated list of task IDs from a staged recovery.", deleteTasks},
		{"scheduler_list_backups", cluster, "Lists backups available for recovery.", listBackups},
		{"scheduler_print_recovery_tasks", cluster, "Prints all active tasks in a staged recovery.", printTasks},
		{"scheduler_snapshot", cluster, "Request that the scheduler perform a storage snapshot and block until complete.", plain("snapshot")},
		{"scheduler_stage_recovery", []string{"cluster", "backup_id"}, "Stages a backup for recovery.", stage},
		{"scheduler_unload_recovery", cluster, "Unloads a staged recovery.", plain("unloadRecovery")},
	}
}

func commandNamed(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

func usage() string {
	var s strings.Builder
	s.WriteString("usage: aurora_admin command [--bypass-leader-redirect] cluster [arguments]\n\nCommands:\n")
	for _, c := range commands() {
		s.WriteString("    " + c.name + " " + strings.Join(c.arguments, " ") + "\n        " + c.does + "\n")
	}
	return s.String()
}

// The arguments of calls.
type (
	backupArgument struct {
		ID string `thrift:"1"`
	}
	queryArgument struct {
		Query *scheduler.TaskQuery `thrift:"1"`
	}
	settingsArgument struct {
		Settings *settings `thrift:"1"`
	}
	settings struct {
		BatchSize *int32 `thrift:"1"`
	}
)

// plain makes a call without arguments.
func plain(method string) func(context.Context, *proxy, []string) error {
	return func(ctx context.Context, p *proxy, _ []string) error {
		_, err := p.call(ctx, method, nil)
		return err
	}
}

func listBackups(ctx context.Context, p *proxy, _ []string) error {
	answer, err := p.call(ctx, "listBackups", nil)
	if err != nil {
		return err
	}
	slices.Sort(answer.Backups)
	_, err = fmt.Fprintf(p.admin.stdout, "%d available backups:\n", len(answer.Backups))
	for _, name := range answer.Backups {
		if err == nil {
			_, err = fmt.Fprintln(p.admin.stdout, name)
		}
	}
	return err
}

func stage(ctx context.Context, p *proxy, words []string) error {
	_, err := p.call(ctx, "stageRecovery", &backupArgument{words[0]})
	return err
}

func deleteTasks(ctx context.Context, p *proxy, words []string) error {
	_, err := p.call(ctx, "deleteRecoveryTasks", &queryArgument{&scheduler.TaskQuery{TaskIDs: strings.Split(words[0], ",")}})
	return err
}

func printTasks(ctx context.Context, p *proxy, _ []string) error {
	active := []aurora.ScheduleStatus{aurora.Assigned, aurora.Draining, aurora.Killing, aurora.Pending, aurora.Preempting,
		aurora.Restarting, aurora.Running, aurora.Starting, aurora.Throttled}
	answer, err := p.call(ctx, "queryRecovery", &queryArgument{&scheduler.TaskQuery{Statuses: active}})
	if err != nil {
		return err
	}
	p.admin.log("I", "Role\tJob\tShard\tStatus\tTask ID")
	for i := range answer.Tasks {
		t := &answer.Tasks[i]
		job := t.Job()
		p.admin.log("I", "%s\t%s\t%d\t%s\t%s", job.Role, job.Name, t.AssignedTask.InstanceID, t.Status, t.ID())
	}
	return nil
}

func reconcile(ctx context.Context, p *proxy, _ []string) error {
	switch p.admin.options.kind {
	case "implicit":
		return plain("triggerImplicitTaskReconciliation")(ctx, p, nil)
	case "explicit":
		s := &settings{}
		if text := p.admin.options.batch; text != "" {
			n, err := strconv.ParseInt(text, 10, 32)
			if err != nil {
				return fmt.Errorf("option -b: invalid integer value: %q", text)
			}
			batch := int32(n)
			s.BatchSize = &batch
		}
		_, err := p.call(ctx, "triggerExplicitTaskReconciliation", &settingsArgument{s})
		return err
	default:
		return fmt.Errorf("unexpected type %s, must be explicit or implicit", p.admin.options.kind)
	}
}
