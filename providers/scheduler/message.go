package scheduler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/restorectl/restorectl/providers/aurora"
)

// jsonType is the Content-Type of TJSON. All releases understand it; those before 0.16 nothing else.
const jsonType = "application/vnd.apache.thrift.json"

// TaskQuery chooses the tasks that have all of what is set; an empty one chooses all. A limit of 0 is none to releases from 0.13 on, and
// leaves no task to those before.
type TaskQuery struct {
	TaskIDs  []string                `thrift:"4,set"`
	Statuses []aurora.ScheduleStatus `thrift:"5,set"`
	Offset   *int32                  `thrift:"12"`
	Limit    *int32                  `thrift:"13"`
	Role     string                  `thrift:"14,opt"`
}

// The arguments of calls.
type (
	noArguments    struct{}
	backupArgument struct {
		ID string `thrift:"1"`
	}
	queryArgument struct {
		Query *TaskQuery `thrift:"1"`
	}
	// roleArgument's Role is left out where it is empty: an empty one is that of no cron job.
	roleArgument struct {
		Role string `thrift:"1,opt"`
	}
	updateArgument struct {
		Query *updateQuery `thrift:"1"`
	}
	updateQuery struct {
		Statuses []aurora.JobUpdateStatus `thrift:"5,set"`
	}
)

// reply is the struct of a reply: field 0 holds what the call returns.
type reply struct {
	Success *response `thrift:"0"`
}

type response struct {
	Code    *aurora.ResponseCode `thrift:"1"`
	Result  *result              `thrift:"3"`
	Details []detail             `thrift:"6"`
}

type detail struct {
	Message string `thrift:"1"`
}

// result is the union of what calls return, as far as it is read.
type result struct {
	Status   *statusResult   `thrift:"3"`
	Jobs     *jobsResult     `thrift:"4"`
	Quota    *quotaResult    `thrift:"5"`
	Backups  *backupsResult  `thrift:"6"`
	Recovery *recoveryResult `thrift:"9"`
	Updates  *updatesResult  `thrift:"23"`
}

type jobsResult struct {
	Configs []aurora.JobConfiguration `thrift:"1,set"`
}

type quotaResult struct {
	Quota *aurora.ResourceAggregate `thrift:"1"`
}

type updatesResult struct {
	Summaries []aurora.JobUpdateSummary `thrift:"1"`
}

type statusResult struct {
	Tasks []aurora.ScheduledTask `thrift:"1"`
}

type backupsResult struct {
	Backups []string `thrift:"1,set"`
}

type recoveryResult struct {
	Tasks []aurora.ScheduledTask `thrift:"1,set"`
}

type exception struct {
	Message string `thrift:"1"`
	Type    int32  `thrift:"2"`
}

// Answer is what a call returned.
type Answer struct {
	Code aurora.ResponseCode
	// Message holds all messages of the answer, joined by line feeds.
	Message string
	// Backups are the names that listBackups returned, Tasks the tasks of the other reading calls.
	Backups []string
	Tasks   []aurora.ScheduledTask
	// Jobs, Updates and Quota are what getJobs, getJobUpdateSummaries and getQuota returned.
	Jobs    []aurora.JobConfiguration
	Updates []aurora.JobUpdateSummary
	Quota   *aurora.ResourceAggregate
}

func (r *response) answer() Answer {
	a := Answer{Code: *r.Code}
	var messages []string
	for _, d := range r.Details {
		messages = append(messages, d.Message)
	}
	a.Message = strings.Join(messages, "\n")
	switch {
	case r.Result == nil:
	case r.Result.Backups != nil:
		a.Backups = r.Result.Backups.Backups
	case r.Result.Recovery != nil:
		a.Tasks = r.Result.Recovery.Tasks
	case r.Result.Status != nil:
		a.Tasks = r.Result.Status.Tasks
	case r.Result.Jobs != nil:
		a.Jobs = r.Result.Jobs.Configs
	case r.Result.Updates != nil:
		a.Updates = r.Result.Updates.Summaries
	case r.Result.Quota != nil:
		a.Quota = r.Result.Quota.Quota
	}
	return a
}

// whole is a transport that reads a message from memory. It tells the codec the size of all of it, since the protocol reads ahead.
type whole struct {
	*bytes.Reader
	size uint64
}

func (*whole) Open() error                 { return nil }
func (*whole) Close() error                { return nil }
func (*whole) IsOpen() bool                { return true }
func (*whole) Flush(context.Context) error { return nil }
func (*whole) Write([]byte) (int, error)   { return 0, errors.New("an answer can't be written") }
func (w *whole) RemainingBytes() uint64    { return w.size }

// encodeCall writes the message of a call in TJSON.
func encodeCall(ctx context.Context, method string, arguments any) ([]byte, error) {
	buf := thrift.NewTMemoryBuffer()
	p := thrift.NewTJSONProtocol(buf)
	if err := p.WriteMessageBegin(ctx, method, thrift.CALL, 0); err != nil {
		return nil, err
	}
	if err := aurora.Encode(ctx, p, arguments); err != nil {
		return nil, err
	}
	if err := p.WriteMessageEnd(ctx); err != nil {
		return nil, err
	}
	if err := p.Flush(ctx); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// decodeReply reads the TJSON message that answers a call. A Thrift exception is an *ExceptionError; all other errors mean that
// what came is no answer.
func decodeReply(ctx context.Context, scheduler, method string, body []byte) (Answer, error) {
	in := &whole{bytes.NewReader(body), uint64(len(body))}
	p := thrift.NewTJSONProtocol(in)
	p.SetTConfiguration(&thrift.TConfiguration{MaxMessageSize: maxAnswer})
	name, kind, _, err := p.ReadMessageBegin(ctx)
	switch {
	case err != nil:
		return Answer{}, fmt.Errorf("what came is not TJSON: %w", err)
	case name != method:
		return Answer{}, fmt.Errorf("what came answers %q", name)
	case kind == thrift.EXCEPTION:
		var x exception
		if err := aurora.Decode(ctx, p, &x); err != nil {
			return Answer{}, err
		}
		return Answer{}, &ExceptionError{Scheduler: scheduler, Method: method, Type: x.Type, Message: x.Message}
	case kind != thrift.REPLY:
		return Answer{}, fmt.Errorf("what came is a message of type %d", kind)
	}
	var r reply
	if err := aurora.Decode(ctx, p, &r); err != nil {
		return Answer{}, err
	}
	if err := p.ReadMessageEnd(ctx); err != nil {
		return Answer{}, err
	}
	if r.Success == nil || r.Success.Code == nil {
		return Answer{}, errors.New("what came has no response code")
	}
	return r.Success.answer(), nil
}
