package zookeeper

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Generation is a way in which releases of Aurora have held elections.
type Generation string

const (
	// Commons is the way of the releases before Curator: nodes singleton_candidate_NNNNNNNNNN.
	Commons Generation = "commons"
	// Curator is the way of Curator's locks, from Aurora 0.14 on: nodes such as _c_UUID-lock-NNNNNNNNNN.
	Curator Generation = "curator"
)

// Election is what a serverset folder held when it was read.
type Election struct {
	// Path is the folder in ZooKeeper, chroot included.
	Path string
	// Candidates are the schedulers that take part, lowest sequence number first.
	Candidates []Candidate
	// Members are the schedulers that are advertised, lowest sequence number first: the leader, once it is ACTIVE.
	Members []Member
}

// Candidate is one scheduler's node in the election.
type Candidate struct {
	// Node is the node's name, Sequence the number at its end.
	Node       string
	Sequence   int64
	Generation Generation
	// Host is what the scheduler wrote into the node: its host's address or name.
	Host string
}

// Member is one advertised scheduler.
type Member struct {
	// Node is the node's name, Sequence the number at its end.
	Node     string
	Sequence int64
	// Service is the endpoint of the service itself; Additional are named ones, such as http.
	Service    Endpoint
	Additional map[string]Endpoint
	// Status is ALIVE for a scheduler that serves.
	Status string
	// Problem says what is wrong with the node's data when it can't be understood; the fields above are empty then.
	Problem string
}

// Endpoint is where something listens.
type Endpoint struct {
	Host string `json:"host"`
	Port int    `json:"port"`
}

// Mixed says whether candidates of both generations are there, as in the middle of an upgrade. They don't see each other, so
// each generation may have a leader.
func (e Election) Mixed() bool {
	return slices.ContainsFunc(e.Candidates, func(c Candidate) bool { return c.Generation != e.Candidates[0].Generation })
}

// Leader is the candidate that leads. It says false when there is none, or when the generations are mixed.
func (e Election) Leader() (Candidate, bool) {
	if len(e.Candidates) == 0 || e.Mixed() {
		return Candidate{}, false
	}
	return e.Candidates[0], true
}

var (
	commonsNode = regexp.MustCompile(`^singleton_candidate_(-?\d{10,})$`)
	curatorNode = regexp.MustCompile(`-lock-(-?\d{10,})$`)
	memberNode  = regexp.MustCompile(`^member_(-?\d{10,})$`)
)

// sequenceOf is the number that ZooKeeper put at the end of a node's name.
func sequenceOf(pattern *regexp.Regexp, node string) (int64, bool) {
	match := pattern.FindStringSubmatch(node)
	if match == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(match[1], 10, 64)
	return n, err == nil
}

// ReadElection reads the election and the advertised members from the folder -serverset_path. A folder that does not exist
// gives an election without candidates. Errors are an *UnreachableError when no server answered before the context ended, or
// wrap ErrDenied.
func (e Ensemble) ReadElection(ctx context.Context, serversetPath string) (Election, error) {
	if !strings.HasPrefix(serversetPath, "/") {
		return Election{}, fmt.Errorf("read the election: -serverset_path %q does not begin with /", serversetPath)
	}
	election := Election{Path: path.Join("/", e.Chroot, serversetPath)}
	records, err := e.readFolder(ctx, election.Path, func(name string) bool {
		return commonsNode.MatchString(name) || curatorNode.MatchString(name) || memberNode.MatchString(name)
	})
	if err != nil {
		return Election{}, fmt.Errorf("read the election: %w", err)
	}
	for _, r := range records {
		if n, ok := sequenceOf(memberNode, r.name); ok {
			election.Members = append(election.Members, parseMember(r, n))
		} else if n, ok := sequenceOf(commonsNode, r.name); ok {
			election.Candidates = append(election.Candidates, candidate(r, n, Commons))
		} else if n, ok := sequenceOf(curatorNode, r.name); ok {
			election.Candidates = append(election.Candidates, candidate(r, n, Curator))
		}
	}
	slices.SortFunc(election.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Node, b.Node))
	})
	slices.SortFunc(election.Members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Node, b.Node))
	})
	return election, nil
}

func candidate(r record, sequence int64, generation Generation) Candidate {
	return Candidate{Node: r.name, Sequence: sequence, Generation: generation, Host: strings.TrimSpace(r.data)}
}

func parseMember(r record, sequence int64) Member {
	var data struct {
		ServiceEndpoint     *Endpoint           `json:"serviceEndpoint"`
		AdditionalEndpoints map[string]Endpoint `json:"additionalEndpoints"`
		Status              string              `json:"status"`
	}
	m := Member{Node: r.name, Sequence: sequence}
	if err := json.Unmarshal([]byte(r.data), &data); err != nil {
		m.Problem = fmt.Sprintf("its data is not the JSON of a serverset member: %v", err)
		return m
	}
	if data.ServiceEndpoint == nil {
		m.Problem = "its data has no serviceEndpoint"
		return m
	}
	m.Service, m.Additional, m.Status = *data.ServiceEndpoint, data.AdditionalEndpoints, data.Status
	return m
}
