package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// environmentPrefix begins the names of the environment's variables that give values.
const environmentPrefix = "RESTORECTL_VAR_"

// variable is a variable block.
type variable struct {
	name      string
	at        hcl.Range
	kind      cty.Type
	value     cty.Value
	sensitive bool
}

// variables decodes the variable blocks and gives each its value: that of the command line, else of the last variable file that
// names it, else of the environment, else its default.
func (d *decoder) variables(blocks hcl.Blocks, in Inputs, parser *hclparse.Parser) {
	known := map[string]*variable{}
	for _, b := range blocks.OfType("variable") {
		v := d.variable(b)
		if before, ok := known[v.name]; ok {
			d.fail(b.DefRange, "Duplicate variable", "The variable %q is there already, at line %d.", v.name, before.at.Start.Line)
			continue
		}
		known[v.name] = v
	}
	for _, pair := range in.Environ {
		name, value, _ := strings.Cut(pair, "=")
		if v := known[strings.TrimPrefix(name, environmentPrefix)]; v != nil && strings.HasPrefix(name, environmentPrefix) {
			d.give(v, value, "environment variable "+name)
		}
	}
	for _, path := range in.VarFiles {
		d.variableFile(known, path, parser)
	}
	for _, pair := range in.Vars {
		name, value, ok := strings.Cut(pair, "=")
		v := known[name]
		switch {
		case !ok:
			d.outside("Not a variable's value", "--var %s: write name=value.", name)
		case v == nil:
			d.outside("Unknown variable", "--var %s: the configuration has no variable of that name.%s", name, hint(name, known))
		default:
			d.give(v, value, "--var "+name)
		}
	}
	values := map[string]cty.Value{}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		v := known[name]
		if v.value == cty.NilVal {
			d.fail(v.at, "No value for a variable", "The variable %q has no default. Give it one, or a value with --var %s=…, a --var-file, or %s%s in the environment.",
				name, name, environmentPrefix, name)
			v.value = cty.UnknownVal(v.kind)
		}
		if v.sensitive {
			d.sensitive = append(d.sensitive, textsIn(v.value)...)
		}
		values[name] = v.value
	}
	d.scope["var"] = cty.ObjectVal(values)
}

func hint(name string, known map[string]*variable) string {
	for _, k := range slices.Sorted(maps.Keys(known)) {
		if strings.EqualFold(strings.ReplaceAll(k, "_", ""), strings.ReplaceAll(strings.ReplaceAll(name, "-", ""), "_", "")) {
			return fmt.Sprintf(" Did you mean %q?", k)
		}
	}
	return ""
}

func (d *decoder) variable(b *hcl.Block) *variable {
	v := &variable{name: b.Labels[0], at: b.DefRange, kind: cty.DynamicPseudoType, value: cty.NilVal}
	if !hclsyntax.ValidIdentifier(v.name) {
		d.fail(b.LabelRanges[0], "Not a variable's name", "%q can't be a name: use letters, digits and underscores.", v.name)
	}
	attrs, _ := d.content(b.Body, []string{"type", "default", "description", "sensitive"})
	var description string
	d.value(attrs, "description", &description)
	d.value(attrs, "sensitive", &v.sensitive)
	if a := attrs["type"]; a != nil {
		kind, diags := typeexpr.TypeConstraint(a.Expr)
		d.diags = append(d.diags, diags...)
		v.kind = kind
	}
	if a := attrs["default"]; a != nil {
		// A default can't refer to anything, so there is no scope.
		value, diags := a.Expr.Value(&hcl.EvalContext{Functions: functions()})
		d.diags = append(d.diags, diags...)
		if !diags.HasErrors() {
			d.set(v, value, &a.Range, "its default")
		}
	}
	return v
}

// give sets a variable from a text: a string as it is, everything else as an expression.
func (d *decoder) give(v *variable, text, from string) {
	if v.kind == cty.String || v.kind == cty.DynamicPseudoType {
		d.set(v, cty.StringVal(text), nil, from)
		return
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), from, hcl.InitialPos)
	var value cty.Value
	if !diags.HasErrors() {
		value, diags = expr.Value(nil)
	}
	if diags.HasErrors() {
		d.outside("Not a value", "%s: the variable %q must be %s, and what is given is no expression for one.", from, v.name, v.kind.FriendlyName())
		return
	}
	d.set(v, value, nil, from)
}

// set gives a variable a value, converted to its type. At is where it is written, nil outside of files.
func (d *decoder) set(v *variable, value cty.Value, at *hcl.Range, from string) {
	converted, err := convert.Convert(value, v.kind)
	if err == nil {
		v.value = converted
		return
	}
	const format = "The variable %q must be %s, and %s is not: %s."
	if at != nil {
		d.fail(*at, "Wrong type", format, v.name, v.kind.FriendlyName(), from, err)
	} else {
		d.outside("Wrong type", format, v.name, v.kind.FriendlyName(), from, err)
	}
}

// variableFile reads values from a file of attributes.
func (d *decoder) variableFile(known map[string]*variable, path string, parser *hclparse.Parser) {
	src, err := os.ReadFile(path)
	if err != nil {
		d.outside("The variable file can't be read", "%s.", err)
		return
	}
	d.digest.Write(src)
	file, diags := parser.ParseHCL(src, path)
	d.diags = append(d.diags, diags...)
	if file == nil || diags.HasErrors() {
		return
	}
	attrs, diags := file.Body.JustAttributes()
	d.diags = append(d.diags, diags...)
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		a := attrs[name]
		v := known[name]
		if v == nil {
			d.fail(a.NameRange, "Unknown variable", "The configuration has no variable %q.%s", name, hint(name, known))
			continue
		}
		value, diags := a.Expr.Value(&hcl.EvalContext{Functions: functions()})
		d.diags = append(d.diags, diags...)
		if !diags.HasErrors() {
			d.set(v, value, &a.Range, "what "+path+" says")
		}
	}
}

// localValues evaluates the locals blocks, whose values may refer to variables and to each other.
func (d *decoder) localValues(blocks hcl.Blocks) {
	waiting := hcl.Attributes{}
	for _, b := range blocks.OfType("locals") {
		attrs, diags := b.Body.JustAttributes()
		d.diags = append(d.diags, diags...)
		for name, a := range attrs {
			if before, ok := waiting[name]; ok {
				d.fail(a.NameRange, "Duplicate local value", "The local value %q is there already, at line %d.", name, before.Range.Start.Line)
				continue
			}
			waiting[name] = a
		}
	}
	values := map[string]cty.Value{}
	for len(waiting) > 0 {
		before := len(waiting)
		for _, name := range slices.Sorted(maps.Keys(waiting)) {
			a := waiting[name]
			if refersTo(a.Expr, waiting) {
				continue
			}
			d.scope["local"] = cty.ObjectVal(values)
			v, diags := a.Expr.Value(d.evalContext())
			d.diags = append(d.diags, diags...)
			if diags.HasErrors() {
				v = cty.DynamicVal
			}
			values[name] = v
			delete(waiting, name)
		}
		if len(waiting) == before {
			for _, name := range slices.Sorted(maps.Keys(waiting)) {
				d.fail(waiting[name].Range, "Local values in a circle", "The local value %q refers to itself, by way of others or directly.", name)
				values[name] = cty.DynamicVal
			}
			break
		}
	}
	d.scope["local"] = cty.ObjectVal(values)
}

// refersTo says whether an expression refers to a local value that has no value yet.
func refersTo(e hcl.Expression, waiting hcl.Attributes) bool {
	for _, t := range e.Variables() {
		if t.RootName() != "local" || len(t) < 2 {
			continue
		}
		if step, ok := t[1].(hcl.TraverseAttr); ok && waiting[step.Name] != nil {
			return true
		}
	}
	return false
}

// textsIn gives all strings in a value, and numbers as they are written.
func textsIn(v cty.Value) []string {
	var found []string
	// The walk's own error can only be one of the function's, which gives none.
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if v.IsNull() || !v.IsKnown() {
			return false, nil
		}
		if s, err := convert.Convert(v, cty.String); err == nil && s.AsString() != "" && v.Type() != cty.Bool {
			found = append(found, s.AsString())
		}
		return true, nil
	})
	return found
}

// outside reports a mistake that is in no file.
func (d *decoder) outside(summary, detail string, args ...any) {
	d.diags = append(d.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(detail, args...)})
}

// hide takes the values of sensitive variables out of the diagnostics.
func (d *decoder) hide() {
	for _, diag := range d.diags {
		diag.EvalContext, diag.Expression = nil, nil
		for _, s := range d.sensitive {
			diag.Summary = strings.ReplaceAll(diag.Summary, s, "(sensitive)")
			diag.Detail = strings.ReplaceAll(diag.Detail, s, "(sensitive)")
		}
	}
}
