package backup

import "github.com/restorectl/restorectl/planner"

// Report is a Summary and what else Scan found out.
type Report struct {
	Summary
	// Era names the releases that may have written the backup.
	Era                string         `json:"era"`
	TasksByRole        map[string]int `json:"tasks_by_role"`
	TasksByEnvironment map[string]int `json:"tasks_by_environment"`
	// HostsByMode counts agents by maintenance mode: NONE, SCHEDULED, DRAINING, DRAINED.
	HostsByMode map[string]int `json:"hosts_by_mode"`
	// Maintenance are the hosts whose mode is not NONE, by name.
	Maintenance         []planner.Maintenance `json:"maintenance,omitempty"`
	UpdatesInProgress   int                   `json:"updates_in_progress"`
	MaintenanceRequests int                   `json:"maintenance_requests"`
	// Refusals say what a scheduler would refuse at staging, though the file decodes, LaterRefusals what only one of release 0.20 or
	// later would.
	Refusals      []string `json:"refusals"`
	LaterRefusals []string `json:"later_refusals"`
	// Crons and Updates are the cron schedules and the job updates in progress, as aurora.Snapshot tells them.
	Crons   map[string]string `json:"-"`
	Updates map[string]string `json:"-"`

	done bool
}
