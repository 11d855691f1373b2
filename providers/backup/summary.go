package backup

import "encoding/json"

// Summary says in numbers what a backup holds.
type Summary struct {
	// TimestampMs is the snapshot's time in milliseconds since the epoch.
	TimestampMs   int64          `json:"timestamp_ms"`
	FrameworkID   nullable       `json:"framework_id"`
	Tasks         int            `json:"tasks"`
	TasksByStatus map[string]int `json:"tasks_by_status"`
	// TasksByJob is keyed by role/environment/name.
	TasksByJob    map[string]int `json:"tasks_by_job"`
	Hosts         int            `json:"hosts"`
	CronJobs      int            `json:"cron_jobs"`
	JobUpdates    int            `json:"job_updates"`
	Quotas        int            `json:"quotas"`
	Locks         int            `json:"locks"`
	DBScriptLines int            `json:"db_script_lines"`
	// ActiveTaskIDsSHA256 is the SHA-256 of the ids of the active tasks, sorted, joined by line feeds, none at the end.
	ActiveTaskIDsSHA256 string `json:"active_task_ids_sha256"`
	// Size is in bytes, SHA256 that of the file.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// nullable is a text that JSON shows as null where it is empty.
type nullable string

// MarshalJSON gives the text, or null.
func (n nullable) MarshalJSON() ([]byte, error) {
	if n == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(n))
}
