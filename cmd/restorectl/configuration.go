package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/restorectl/restorectl/config"
)

// defaultConfig is the configuration that is read when none is named.
const defaultConfig = "restore.hcl"

// values are what a command line gives to a configuration's variables.
type values struct{ vars, files []string }

func (v *values) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&v.vars, "var", nil, "`name=value` of a variable of the configuration; may be repeated")
	flags.StringArrayVar(&v.files, "var-file", nil, "`FILE` with values of variables; may be repeated")
}

// any says whether a value was given.
func (v *values) any() bool { return len(v.vars)+len(v.files) > 0 }

// load reads a configuration and shows all mistakes in it on standard error.
func (v *values) load(cmd *cobra.Command, path string) (*config.Restore, error) {
	return v.loadTo(cmd.ErrOrStderr(), path)
}

// loadFor is load for what is done on behalf of an operator.
func (v *values) loadFor(o *operator, path string) (*config.Restore, error) {
	return v.loadTo(o.err, path)
}

func (v *values) loadTo(stderr io.Writer, path string) (*config.Restore, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("paths that begin with ~/ have no meaning here: %w", err)
	}
	r, files, diags := config.Load(path, config.Inputs{Home: home, Vars: v.vars, VarFiles: v.files, Environ: os.Environ()})
	if err := config.WriteDiagnostics(stderr, files, diags, 100); err != nil {
		return nil, err
	}
	if diags.HasErrors() {
		return nil, errors.New("the configuration is not valid; nothing was done")
	}
	return r, nil
}

// orDefault is the only argument, or what is meant without one.
func orDefault(args []string, otherwise string) string {
	if len(args) == 1 {
		return args[0]
	}
	return otherwise
}
