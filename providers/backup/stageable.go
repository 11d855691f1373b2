package backup

import (
	"fmt"
	"regexp"

	"github.com/restorectl/restorectl/providers/aurora"
)

// jobName is what Aurora takes as a role, an environment or a job's name.
var jobName = regexp.MustCompile(`^[\w.-]+$`)

// Refusals lists why a scheduler would refuse to stage the backup although it decodes. Stage loads the whole backup into a scratch
// store, which checks the names of cron jobs (seen on 0.22.0); no release takes others when a job is made.
func (b *Backup) Refusals() []string {
	var out []string
	for _, c := range b.Snapshot.CronJobs {
		var k *aurora.JobKey
		if c.JobConfiguration != nil {
			k = c.JobConfiguration.Key
		}
		if why := refusedCronJob(k); why != "" {
			out = append(out, why)
		}
	}
	return out
}

// LaterRefusals lists why a scheduler of release 0.20 or later would refuse to stage the backup: it needs the resources of quotas (seen on
// 0.22.0), which those before fill in.
func (b *Backup) LaterRefusals() []string {
	var out []string
	for _, q := range b.Snapshot.QuotaConfigurations {
		if q.Quota == nil || q.Quota.Resources == nil {
			out = append(out, refusedQuota(q.Role))
		}
	}
	return out
}

// refusedCronJob says why a cron job with the key would be refused, empty where it would not.
func refusedCronJob(k *aurora.JobKey) string {
	switch {
	case k == nil:
		return "a cron job has no key"
	case !jobName.MatchString(k.Role) || !jobName.MatchString(k.Environment) || !jobName.MatchString(k.Name):
		return fmt.Sprintf("the cron job %q has a name that Aurora does not take", k)
	}
	return ""
}

func refusedQuota(role string) string {
	return fmt.Sprintf("the quota of role %q has no resources, as releases before 0.17 wrote it", role)
}
