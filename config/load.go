package config

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
)

// Inputs are what a configuration takes from outside.
type Inputs struct {
	// Home is the operator's home folder, for local paths that begin with ~/.
	Home string
	// Vars are values of variables as "name=value", VarFiles files with more of them, and Environ the environment, in which names that
	// begin with RESTORECTL_VAR_ count. Vars win over files, later files over earlier ones, and both over the environment.
	Vars     []string
	VarFiles []string
	Environ  []string
}

// Load reads the configuration at path. The files are for WriteDiagnostics' snippets. Where a diagnostic is an error the Restore is
// nil. Load reads nothing but the files, and never panics. Values of sensitive variables are in no diagnostic.
func Load(path string, in Inputs) (*Restore, map[string]*hcl.File, hcl.Diagnostics) {
	parser := hclparse.NewParser()
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "The configuration can't be read",
			Detail: err.Error() + ". Name the file, or go to its folder."}}
	}
	file, diags := parser.ParseHCL(src, path)
	if file == nil || diags.HasErrors() {
		return nil, parser.Files(), diags
	}
	// Absolute, since a plan may be applied from another folder than it was made in.
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, parser.Files(), append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "The configuration's folder can't be told", Detail: err.Error()})
	}
	d := &decoder{folder: folder, home: in.Home, diags: diags, digest: sha256.New(), scope: map[string]cty.Value{}}
	d.digest.Write(src)
	r := &Restore{Path: path}
	d.restore(file.Body, r, in, parser)
	r.Digest, r.Sensitive = hex.EncodeToString(d.digest.Sum(nil)), d.sensitive
	d.hide()
	if d.diags.HasErrors() {
		return nil, parser.Files(), d.diags
	}
	return r, parser.Files(), d.diags
}

// local makes a path on the operator's machine absolute: ~/ is the home folder, and other relative paths are relative to the
// configuration's folder.
func (d *decoder) local(path string) string {
	switch {
	case path == "" || filepath.IsAbs(path):
		return path
	case strings.HasPrefix(path, "~/"):
		return filepath.Join(d.home, path[2:])
	default:
		return filepath.Join(d.folder, path)
	}
}

// WriteDiagnostics writes diagnostics for people, with the source lines that they are about, wrapped to width columns.
func WriteDiagnostics(w io.Writer, files map[string]*hcl.File, diags hcl.Diagnostics, width uint) error {
	return hcl.NewDiagnosticTextWriter(w, files, width, false).WriteDiagnostics(diags)
}
