package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/providers/backup"
)

func newInspectBackup() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Read a backup whole and say what is in it; - reads standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := readBackup(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), b.Summarize())
			}
			return render.Backup(cmd.OutOrStdout(), b.Summarize(), b.Refusals(), time.Now())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// readBackup reads the backup in a file, or from standard input where the file is called -.
func readBackup(stdin io.Reader, path string) (*backup.Backup, error) {
	in := stdin
	if path != "-" {
		if err := backup.CheckName(filepath.Base(path)); err != nil {
			return nil, err
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no backup %s", path)
		}
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // Only read.
		in = f
	}
	b, err := backup.Read(in)
	if err != nil {
		return nil, fmt.Errorf("%s can't be restored: %w; choose another backup", path, err)
	}
	return b, nil
}

func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(v)
}
