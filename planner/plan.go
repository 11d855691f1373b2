package planner

import (
	"time"

	"github.com/restorectl/restorectl/config"
)

// Plan is the ordered whole of a run, and all that apply, status and revert need besides the journal.
type Plan struct {
	// Format is the version of this document.
	Format int    `json:"format"`
	Kind   Kind   `json:"kind"`
	Tool   string `json:"tool"`
	// Cluster is Aurora's cluster name as discovered.
	Cluster string    `json:"cluster"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	// Restore is the configuration, without secrets.
	Restore config.Restore `json:"restore"`
	// Observation is what was seen; Fingerprint is a digest over those facts of it that must not change until apply.
	Observation Observation `json:"observation"`
	Fingerprint string      `json:"fingerprint"`
	Findings    []Finding   `json:"findings,omitempty"`
	// Remedy is what the plan does about the log, Ranking what could be done, the mildest first.
	Remedy  Remedy   `json:"remedy,omitempty"`
	Ranking []Choice `json:"ranking,omitempty"`
	// Impact is what the restore will do to tasks; nil where that could not be told.
	Impact *Impact `json:"impact,omitempty"`
	// LeftOut says what the procedure names but this plan leaves out, and why.
	LeftOut []string `json:"left_out,omitempty"`
	Phases  []Phase  `json:"phases"`
	// Of is the digest of the plan that an inverse plan undoes, or whose run a rejoining scheduler was absent from.
	Of string `json:"of,omitempty"`
	// Rejoins is the scheduler that a KindRejoin plan brings back.
	Rejoins string `json:"rejoins,omitempty"`
}

// Finding is what a check says of the configuration or the observation.
type Finding struct {
	Severity Severity `json:"severity"`
	// Code is stable and short, such as "quorum-size".
	Code    string `json:"code"`
	Host    string `json:"host,omitempty"`
	Summary string `json:"summary"`
	Remedy  string `json:"remedy,omitempty"`
}

// Severity ranks findings. An error stops the plan.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)
