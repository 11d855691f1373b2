package log

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/restorectl/restorectl/providers/host"
)

// openedBy gives the number of a process on the host that has a file in the folder dir open, empty where there is none (proc(5)).
func openedBy(ctx context.Context, h host.Host, dir string) (string, error) {
	dir, err := host.Resolve(ctx, h, dir)
	if err != nil {
		return "", err
	}
	res, err := h.Run(ctx, host.Command{Root: true, Args: []string{
		"find", "/proc", "-mindepth", "3", "-maxdepth", "3", "-path", "/proc/[0-9]*/fd/*", "-lname", literally(dir) + "/*", "-print", "-quit"}})
	// Processes end while find looks at them, which it reports with code 1.
	if exit := (*host.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.Code != 1) {
		return "", err
	}
	parts := strings.Split(string(bytes.TrimSpace(res.Stdout)), "/")
	if len(parts) < 3 {
		return "", nil
	}
	return parts[2], nil
}

// literally writes a path as a pattern that only matches it.
func literally(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
