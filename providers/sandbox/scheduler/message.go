package scheduler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/restorectl/restorectl/providers/aurora"
)

// The structs of the API (api.thrift), as far as this scheduler speaks them. Ids and types are the wire format.
type (
	response struct {
		Code    aurora.ResponseCode `thrift:"1"`
		Result  *result             `thrift:"3"`
		Server  *serverInfo         `thrift:"5"`
		Details []detail            `thrift:"6"`
	}
	serverInfo struct {
		ClusterName    string `thrift:"1"`
		StatsURLPrefix string `thrift:"3"`
	}
	detail struct {
		Message string `thrift:"1"`
	}
	result struct {
		Status     *tasksList     `thrift:"3"`
		Jobs       *jobsResult    `thrift:"4"`
		Quota      *quotaResult   `thrift:"5"`
		Backups    *backupsResult `thrift:"6"`
		Recovery   *tasksSet      `thrift:"9"`
		JobSummary *summaryResult `thrift:"18"`
		Updates    *updatesResult `thrift:"23"`
	}
	quotaResult struct {
		Quota *aurora.ResourceAggregate `thrift:"1"`
	}
	updatesResult struct {
		Summaries []aurora.JobUpdateSummary `thrift:"1"`
	}
	tasksList struct {
		Tasks []aurora.ScheduledTask `thrift:"1"`
	}
	tasksSet struct {
		Tasks []aurora.ScheduledTask `thrift:"1,set"`
	}
	jobsResult struct {
		Configs []aurora.JobConfiguration `thrift:"1,set"`
	}
	backupsResult struct {
		Backups []string `thrift:"1,set"`
	}
	summaryResult struct {
		Summaries []jobSummary `thrift:"1,set"`
	}
	jobSummary struct {
		Job   *aurora.JobConfiguration `thrift:"1"`
		Stats *jobStats                `thrift:"2"`
	}
	jobStats struct {
		Active   int32 `thrift:"1"`
		Finished int32 `thrift:"2"`
		Failed   int32 `thrift:"3"`
		Pending  int32 `thrift:"4"`
	}
	reply struct {
		Success *response `thrift:"0"`
	}
	exception struct {
		Message string `thrift:"1"`
		Type    int32  `thrift:"2"`
	}
	// The arguments of calls.
	// roleArgument's Role is nil where none was sent, which is not the same as an empty one.
	roleArgument struct {
		Role *string `thrift:"1"`
	}
	textArgument struct {
		Text string `thrift:"1"`
	}
	queryArgument struct {
		Query *taskQuery `thrift:"1"`
	}
	updatesArgument struct {
		Query *updatesQuery `thrift:"1"`
	}
	updatesQuery struct {
		Role     string                   `thrift:"2,opt"`
		Statuses []aurora.JobUpdateStatus `thrift:"5,set"`
	}
	noArgument  struct{}
	jobArgument struct {
		Job       *aurora.JobKey `thrift:"4"`
		Instances []int32        `thrift:"5,set"`
	}
)

// The types of a Thrift exception that this scheduler throws.
const (
	unknownMethod int32 = 1
	internalError int32 = 6
)

// taskQuery chooses the tasks that have all of what is set.
type taskQuery struct {
	JobName     string                  `thrift:"2,opt"`
	TaskIDs     []string                `thrift:"4,set"`
	Statuses    []aurora.ScheduleStatus `thrift:"5,set"`
	InstanceIDs []int32                 `thrift:"7,set"`
	Environment string                  `thrift:"9,opt"`
	SlaveHosts  []string                `thrift:"10,set"`
	JobKeys     []aurora.JobKey         `thrift:"11,set"`
	Offset      int32                   `thrift:"12"`
	Limit       int32                   `thrift:"13"`
	Role        string                  `thrift:"14,opt"`
}

// choose gives those of the tasks that the query matches, from Offset on, and no more than Limit where that is set.
func (q *taskQuery) choose(tasks []aurora.ScheduledTask) []aurora.ScheduledTask {
	if q == nil {
		q = &taskQuery{}
	}
	out := []aurora.ScheduledTask{}
	for _, t := range tasks {
		if q.matches(&t) {
			out = append(out, t)
		}
	}
	out = out[min(max(int(q.Offset), 0), len(out)):]
	if q.Limit > 0 {
		out = out[:min(int(q.Limit), len(out))]
	}
	return out
}

func (q *taskQuery) matches(t *aurora.ScheduledTask) bool {
	job := t.Job()
	return (q.Role == "" || q.Role == job.Role) &&
		(q.Environment == "" || q.Environment == job.Environment) &&
		(q.JobName == "" || q.JobName == job.Name) &&
		among(q.TaskIDs, t.ID()) && among(q.Statuses, t.Status) && among(q.JobKeys, job) &&
		among(q.InstanceIDs, t.AssignedTask.InstanceID) && among(q.SlaveHosts, t.AssignedTask.SlaveHost)
}

func among[T comparable](wanted []T, v T) bool { return len(wanted) == 0 || slices.Contains(wanted, v) }

// wire is one of the two protocols of /api.
type wire struct {
	contentType string
	open        func(t thrift.TTransport) thrift.TProtocol
}

var (
	tjson = wire{"application/vnd.apache.thrift.json", func(t thrift.TTransport) thrift.TProtocol {
		p := thrift.NewTJSONProtocol(t)
		p.SetTConfiguration(limits())
		return p
	}}
	binary = wire{"application/vnd.apache.thrift.binary", func(t thrift.TTransport) thrift.TProtocol {
		return thrift.NewTBinaryProtocolConf(t, limits())
	}}
)

func limits() *thrift.TConfiguration { return &thrift.TConfiguration{MaxMessageSize: 1 << 30} }

// request is a transport that reads a request from memory. It always tells the whole size, since TJSON reads ahead.
type request struct {
	*bytes.Reader
	size uint64
}

func (*request) Open() error                 { return nil }
func (*request) Close() error                { return nil }
func (*request) IsOpen() bool                { return true }
func (*request) Flush(context.Context) error { return nil }
func (*request) Write([]byte) (int, error)   { return 0, errors.New("a request can't be written") }
func (r *request) RemainingBytes() uint64    { return r.size }

// call is a request that was read up to its arguments.
type call struct {
	method string
	seq    int32
	in     thrift.TProtocol
}

// readCall reads the beginning of a call.
func readCall(ctx context.Context, w wire, body []byte) (*call, error) {
	in := w.open(&request{bytes.NewReader(body), uint64(len(body))})
	method, kind, seq, err := in.ReadMessageBegin(ctx)
	if err != nil {
		return nil, err
	}
	if kind != thrift.CALL {
		return nil, fmt.Errorf("a message of type %d is no call", kind)
	}
	return &call{method, seq, in}, nil
}

// writeReply writes the answer to a call: a *response or an *exception.
func writeReply(ctx context.Context, w wire, c *call, answer any) ([]byte, error) {
	buf := thrift.NewTMemoryBuffer()
	out := w.open(buf)
	kind := thrift.EXCEPTION
	if r, ok := answer.(*response); ok {
		kind, answer = thrift.REPLY, &reply{r}
	}
	err := out.WriteMessageBegin(ctx, c.method, kind, c.seq)
	if err == nil {
		err = aurora.Encode(ctx, out, answer)
	}
	err = errors.Join(err, out.WriteMessageEnd(ctx), out.Flush(ctx))
	return buf.Bytes(), err
}
