package config

import (
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
)

// LoadApproval reads nothing but the approval block of the file at path, which is a configuration or holds that block alone; its zero
// value means that there is no such block. The rest may need variables' values that are not at hand, so it is not looked at.
func LoadApproval(path string, home string) (Approval, map[string]*hcl.File, hcl.Diagnostics) {
	var a Approval
	parser := hclparse.NewParser()
	src, err := os.ReadFile(path)
	if err != nil {
		return a, nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "The approval block can't be read", Detail: err.Error() + "."}}
	}
	file, diags := parser.ParseHCL(src, path)
	if file == nil || diags.HasErrors() {
		return a, parser.Files(), diags
	}
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return a, parser.Files(), append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "The file's folder can't be told", Detail: err.Error()})
	}
	d := &decoder{folder: folder, home: home, diags: diags}
	content, _, more := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "approval"}}})
	d.diags = append(d.diags, more...)
	if b := d.one(content.Blocks, "approval"); b != nil {
		d.approval(b, &a)
	}
	return a, parser.Files(), d.diags
}

// approval decodes the block without variables: who must approve hangs on nothing that a command line says.
func (d *decoder) approval(b *hcl.Block, p *Approval) {
	scope := d.scope
	d.scope = nil
	defer func() { d.scope = scope }()
	a, _ := d.content(b.Body, []string{"required", "allowed_signers"})
	p.Required = 1
	if d.value(a, "required", &p.Required) && p.Required < 1 {
		d.fail(a["required"].Expr.Range(), "Impossible number", "required is %d. It is how many persons must approve a plan: 1 or more. Take the block out where none must.", p.Required)
	}
	d.need(a, b, "allowed_signers", "Name the file with those who may approve, in the format of ssh-keygen(1).")
	if d.value(a, "allowed_signers", &p.AllowedSigners) {
		p.AllowedSigners = d.local(p.AllowedSigners)
	}
}
