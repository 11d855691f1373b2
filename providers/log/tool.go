package log

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/providers/host"
)

// toolPatience bounds the look at the program.
const toolPatience = 30 * time.Second

// securePath are the folders in which sudo looks for programs, where nobody has told it others.
var securePath = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

// unstarted matches what sudo and runuser say of a program that they can't run.
var unstarted = regexp.MustCompile(`(?m)^(sudo: (unable to execute |.*: command not found)|runuser: failed to execute )`)

// ObserveTool notes in seen why the user can't run the program that initialises logs, or why that can't be told. It lets the program print
// its help, which touches nothing, and which it is run for just as the step would run it: with the same rights, looked up in the same places.
// An error means that the host could not be asked.
func ObserveTool(ctx context.Context, h host.Host, tool, user string, seen *planner.Replica) error {
	limited, cancel := context.WithTimeout(ctx, toolPatience)
	defer cancel()
	_, err := h.Run(limited, host.Command{User: user, Args: []string{"env", "LC_ALL=C", tool, "help"}})
	exit, refused := (*host.ExitError)(nil), (*host.PrivilegeError)(nil)
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.Is(err, host.ErrUnreachable):
		return err
	case errors.As(err, &refused):
		return notLet(ctx, h, tool, refused, seen)
	case !errors.As(err, &exit):
		seen.ToolUnseen = err.Error()
	case !ran(exit):
		seen.ToolProblem = err.Error()
	}
	return nil
}

// ran says whether a program that failed was run at all. What is no real mesos-log may know no help, and has been run all the same.
func ran(e *host.ExitError) bool {
	return e.Code > 0 && e.Code != 126 && e.Code != 127 && !unstarted.Match(e.Stderr)
}

// notLet tells apart why sudo does not let the program run. Where it lets only some programs run it says the same of one that is missing
// as of words that its rules don't know, such as those of an earlier release.
func notLet(ctx context.Context, h host.Host, tool string, refused *host.PrivilegeError, seen *planner.Replica) error {
	_, err := h.Run(ctx, host.Command{User: refused.Wanted, Args: []string{"true"}})
	switch nothing := (*host.PrivilegeError)(nil); {
	case errors.As(err, &nothing):
		seen.ToolProblem = err.Error()
		return nil
	case err != nil:
		return err
	}
	files := []string{tool}
	if !strings.Contains(tool, "/") {
		files = nil
		for _, folder := range securePath {
			files = append(files, path.Join(folder, tool))
		}
	}
	for _, file := range files {
		there, err := host.Exists(ctx, h, file)
		if err != nil {
			return err
		}
		if there {
			seen.ToolUnseen = fmt.Sprintf("sudo on %s does not let %s run `%s help` as %s (%s)", refused.Host, refused.Login, tool, refused.Wanted, refused.Seen)
			return nil
		}
	}
	seen.ToolProblem = fmt.Sprintf("sudo on %s lets %s run no %s as %s (%s), and there is none: looked for %s",
		refused.Host, refused.Login, tool, refused.Wanted, refused.Seen, strings.Join(files, ", "))
	return nil
}
