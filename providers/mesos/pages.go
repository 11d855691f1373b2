package mesos

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"strconv"

	// Version 2 of encoding/json takes half the time, and a cluster may have hundreds of thousands of tasks.
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decoders is how many pages are decoded side by side, which takes longer than fetching them.
const decoders = 2

// page is a page of tasks that was decoded.
type page struct {
	tasks []task
	err   error
}

// tasks pages through the tasks of a framework. Pages are separate looks, so a task may come twice; the later look counts. Once there is
// more than one page, the next one is fetched while those before it are decoded.
func (s *session) tasks(ctx context.Context, framework string, size int) ([]task, error) {
	if size <= 0 {
		size = defaultPageSize
	}
	l := list{at: map[string]int{}}
	var coming []<-chan page
	for offset := 0; ; offset += size {
		raw, err := s.page(ctx, framework, offset, size)
		if err != nil {
			return nil, err
		}
		coming = append(coming, decode(raw))
		if offset > 0 && len(coming) < decoders {
			continue
		}
		n, err := l.add(<-coming[0])
		coming = coming[1:]
		if err != nil {
			return nil, err
		}
		if n < size {
			break
		}
	}
	// Behind the last page there is nothing, or what has come meanwhile.
	for _, c := range coming {
		if _, err := l.add(<-c); err != nil {
			return nil, err
		}
	}
	return l.all, nil
}

// tasksPath is where a master lists tasks.
const tasksPath = "/master/tasks"

// page asks for a page of tasks and gives it as it came.
func (s *session) page(ctx context.Context, framework string, offset, size int) ([]byte, error) {
	var raw bytes.Buffer
	query := url.Values{"framework_id": {framework}, "limit": {strconv.Itoa(size)}, "offset": {strconv.Itoa(offset)}, "order": {"asc"}}
	err := s.get(ctx, tasksPath, query, maxAnswer, func(r io.Reader) error {
		_, err := raw.ReadFrom(r)
		return err
	})
	return raw.Bytes(), err
}

// decode decodes a page in a goroutine of its own.
func decode(raw []byte) <-chan page {
	out := make(chan page, 1)
	go func() {
		var answer struct {
			Tasks []task `json:"tasks"`
		}
		// What else the master tells of a task is passed over, however odd it is.
		err := json.Unmarshal(raw, &answer, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		if err != nil {
			err = misunderstood("GET "+tasksPath, err)
		}
		out <- page{answer.Tasks, err}
	}()
	return out
}

// list gathers tasks, each once.
type list struct {
	all []task
	at  map[string]int
}

// add gives how many tasks the page has.
func (l *list) add(p page) (int, error) {
	for _, t := range p.tasks {
		if i, seen := l.at[t.ID]; seen {
			l.all[i] = t
			continue
		}
		l.at[t.ID] = len(l.all)
		l.all = append(l.all, t)
	}
	return len(p.tasks), p.err
}
