package config

import (
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"github.com/zclconf/go-cty/cty/gocty"
)

// decoder gathers the mistakes of a configuration.
type decoder struct {
	folder, home string
	diags        hcl.Diagnostics
	// digest is fed every file that is read.
	digest hash.Hash
	// scope is what expressions may refer to: var and local.
	scope map[string]cty.Value
	// sensitive are the values of sensitive variables.
	sensitive []string
}

func (d *decoder) evalContext() *hcl.EvalContext {
	return &hcl.EvalContext{Variables: d.scope, Functions: functions()}
}

func (d *decoder) fail(at hcl.Range, summary, detail string, args ...any) {
	d.diags = append(d.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...), Subject: &at})
}

// content splits a body into its attributes and blocks, and reports everything else in it.
func (d *decoder) content(body hcl.Body, attributes []string, blocks ...hcl.BlockHeaderSchema) (hcl.Attributes, hcl.Blocks) {
	schema := &hcl.BodySchema{Blocks: blocks}
	for _, name := range attributes {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: name})
	}
	content, diags := body.Content(schema)
	d.diags = append(d.diags, diags...)
	return content.Attributes, content.Blocks
}

// one gives the only block of a type, and reports a second one.
func (d *decoder) one(blocks hcl.Blocks, name string) *hcl.Block {
	var found *hcl.Block
	for _, b := range blocks.OfType(name) {
		if found != nil {
			d.fail(b.DefRange, "Duplicate block", "The block %q is there already, at line %d. Keep one of them.", name, found.DefRange.Start.Line)
			continue
		}
		found = b
	}
	return found
}

// kind checks the label of a block that chooses a provider.
func (d *decoder) kind(b *hcl.Block, known ...string) string {
	label := b.Labels[0]
	if !slices.Contains(known, label) {
		d.fail(b.LabelRanges[0], "Unknown kind", "There is no %s of kind %q. Known: %s.", b.Type, label, strings.Join(known, ", "))
	}
	return label
}

// value evaluates an attribute into target, whose type says what it must be. It gives false where the attribute is absent or wrong.
func (d *decoder) value(attrs hcl.Attributes, name string, target any) bool {
	a, ok := attrs[name]
	if !ok {
		return false
	}
	v, ok := d.evaluate(a)
	if !ok {
		return false
	}
	want, err := gocty.ImpliedType(target)
	if err != nil {
		d.fail(a.Range, "Wrong type", "%s: %s.", name, err)
		return false
	}
	v, err = convert.Convert(v, want)
	if err == nil && v.IsNull() {
		err = fmt.Errorf("a value is needed")
	}
	if err == nil {
		err = gocty.FromCtyValue(v, target)
	}
	if err != nil {
		d.fail(a.Expr.Range(), "Wrong type", "%s must be %s: %s.", name, want.FriendlyName(), err)
		return false
	}
	return true
}

// evaluate gives an attribute's value; false where it has none, or one that hangs on something that was reported already.
func (d *decoder) evaluate(a *hcl.Attribute) (cty.Value, bool) {
	v, diags := a.Expr.Value(d.evalContext())
	d.diags = append(d.diags, diags...)
	return v, !diags.HasErrors() && v.IsWhollyKnown()
}

// duration evaluates an attribute such as "90s" or "2d". Other words than durations that it may be are in special.
func (d *decoder) duration(attrs hcl.Attributes, name string, target *time.Duration, special map[string]time.Duration) {
	var s string
	if !d.value(attrs, name, &s) {
		return
	}
	if v, ok := special[s]; ok {
		*target = v
		return
	}
	unit := s
	factor := time.Duration(1)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		unit, factor = days+"h", 24
	}
	v, err := time.ParseDuration(unit)
	if err != nil || v <= 0 || v > (1<<63-1)/factor {
		d.fail(attrs[name].Expr.Range(), "Not a duration", `%s is %q. Write a positive number and a unit: "90s", "15m", "4h", "2d".`, name, s)
		return
	}
	*target = v * factor
}

// need reports a required attribute that is absent.
func (d *decoder) need(attrs hcl.Attributes, b *hcl.Block, name, remedy string) {
	if attrs[name] == nil {
		d.fail(b.DefRange, "Missing attribute", "The block %q needs the attribute %q. %s", b.Type, name, remedy)
	}
}

// functions are what expressions may call; all of them give the same for the same arguments.
func functions() map[string]function.Function {
	return map[string]function.Function{
		"concat": stdlib.ConcatFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "join": stdlib.JoinFunc,
		"split": stdlib.SplitFunc, "lower": stdlib.LowerFunc, "upper": stdlib.UpperFunc, "replace": stdlib.ReplaceFunc,
		"trimspace": stdlib.TrimSpaceFunc, "range": stdlib.RangeFunc, "length": stdlib.LengthFunc, "keys": stdlib.KeysFunc,
		"values": stdlib.ValuesFunc, "merge": stdlib.MergeFunc, "flatten": stdlib.FlattenFunc, "distinct": stdlib.DistinctFunc,
		"tostring": stdlib.MakeToFunc(cty.String), "tonumber": stdlib.MakeToFunc(cty.Number),
	}
}
