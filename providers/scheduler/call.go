package scheduler

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
)

// transientTries is how often a call is made that is answered with code 6, ERROR_TRANSIENT.
const transientTries = 5

const defaultRetryAfter = 250 * time.Millisecond

// Call makes one call on /api, once. Arguments is a pointer to a struct with thrift tags, nil for a call without arguments. An
// answer of another code than OK is returned together with a *ResponseError.
func (c *Client) Call(ctx context.Context, method string, arguments any) (Answer, error) {
	if arguments == nil {
		arguments = &noArguments{}
	}
	message, err := encodeCall(ctx, method, arguments)
	if err != nil {
		return Answer{}, fmt.Errorf("%s for %s: %w", method, c.name(), err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url("/api"), bytes.NewReader(message))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Content-Type", jsonType)
	req.Header.Set("Accept", jsonType)
	if !c.Redirect {
		req.Header.Set("Bypass-Leader-Redirect", "true")
	}
	if c.Credentials != nil {
		if err := c.Credentials.Authorize(req, c.Service); err != nil {
			return Answer{}, fmt.Errorf("%s was not sent to %s: %w", method, c.name(), err)
		}
	}
	body, err := c.exchange(ctx, req, method, callTimeout, maxAnswer)
	if err != nil {
		return Answer{}, err
	}
	answer, err := decodeReply(ctx, c.name(), method, body)
	var thrown *ExceptionError
	switch {
	case errors.As(err, &thrown):
		return Answer{}, err
	case err != nil:
		return Answer{}, fmt.Errorf("%s on %s: %w: %w", method, c.name(), ErrNoAnswer, err)
	case answer.Code != aurora.OK:
		return answer, &ResponseError{Scheduler: c.name(), Method: method, Code: answer.Code, Message: answer.Message}
	}
	return answer, nil
}

// patiently makes a call, and makes it again, with growing pauses and a limit, while it is answered with code 6.
func (c *Client) patiently(ctx context.Context, method string, arguments any) (Answer, error) {
	pause := cmp.Or(c.RetryAfter, defaultRetryAfter)
	for try := 1; ; try++ {
		answer, err := c.Call(ctx, method, arguments)
		if !transient(err) || try == transientTries {
			return answer, err
		}
		if sleep(ctx, pause) != nil {
			return answer, err
		}
		pause *= 2
	}
}

// sleep waits, or until ctx ends, whose error it returns then.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stage makes the scheduler load a backup, a file in its backup_dir, into its memory. AlreadyLoaded tells the error where it has
// one loaded.
func (c *Client) Stage(ctx context.Context, backup string) error {
	_, err := c.patiently(ctx, "stageRecovery", &backupArgument{backup})
	return err
}

// Query gives those of the staged tasks that q chooses. NothingLoaded tells the error where nothing is staged.
func (c *Client) Query(ctx context.Context, q TaskQuery) ([]aurora.ScheduledTask, error) {
	answer, err := c.patiently(ctx, "queryRecovery", &queryArgument{&q})
	return answer.Tasks, err
}

// Delete deletes tasks from what is staged. Ids that are not there are no error. Without ids it does nothing: an empty query would
// mean all tasks.
func (c *Client) Delete(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := c.patiently(ctx, "deleteRecoveryTasks", &queryArgument{&TaskQuery{TaskIDs: ids}})
	return err
}

// Commit makes what is staged the cluster's state; the scheduler then gives up its leadership. It is never repeated here, whatever
// the answer.
func (c *Client) Commit(ctx context.Context) error {
	_, err := c.Call(ctx, "commitRecovery", nil)
	return err
}

// Unload drops what is staged. It is no error that nothing is.
func (c *Client) Unload(ctx context.Context) error {
	_, err := c.patiently(ctx, "unloadRecovery", nil)
	return err
}

// GetTasksStatus gives those tasks of the scheduler's store that q chooses, with their configurations.
func (c *Client) GetTasksStatus(ctx context.Context, q TaskQuery) ([]aurora.ScheduledTask, error) {
	answer, err := c.patiently(ctx, "getTasksStatus", &queryArgument{&q})
	return answer.Tasks, err
}

// Ready asks once for a task of the scheduler's store, and says whether there is any. A leader answers with code 6 until it has
// read its log, which is after its lifecycle gauge turned.
func (c *Client) Ready(ctx context.Context) (holdsTasks bool, err error) {
	offset, limit := int32(0), int32(1)
	answer, err := c.Call(ctx, "getTasksStatus", &queryArgument{&TaskQuery{Offset: &offset, Limit: &limit}})
	return len(answer.Tasks) > 0, err
}

// NothingLoaded says whether err is a scheduler's answer that no backup is staged.
func NothingLoaded(err error) bool { return answered(err, nothingLoaded) }

// AlreadyLoaded says whether err is a scheduler's answer that a backup is staged already.
func AlreadyLoaded(err error) bool { return answered(err, alreadyLoaded) }
