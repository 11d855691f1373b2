package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/restorectl/restorectl/config"
)

// TestTheDocumentedConfigurationsAreValid loads every restore.hcl that a document shows: indented blocks that name a cluster.
func TestTheDocumentedConfigurationsAreValid(t *testing.T) {
	for _, doc := range []string{"README.md", "docs/configuration.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", doc))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, block := range blocks(string(text)) {
			if !strings.HasPrefix(block, "cluster {") {
				continue
			}
			found++
			file := filepath.Join(t.TempDir(), "restore.hcl")
			if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, diags := config.Load(file, config.Inputs{Home: "/home/operator"}); diags.HasErrors() {
				t.Errorf("%s: %v in:\n%s", doc, diags, block)
			}
		}
		if found == 0 {
			t.Errorf("%s shows no configuration", doc)
		}
	}
}

// blocks gives the indented blocks of a document, without the indent.
func blocks(text string) []string {
	var out []string
	block := ""
	for line := range strings.Lines(text) {
		code, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented:
			block += code
		case strings.TrimSpace(line) == "" && block != "":
			block += "\n"
		default:
			if block != "" {
				out = append(out, block)
			}
			block = ""
		}
	}
	return append(out, block)
}
