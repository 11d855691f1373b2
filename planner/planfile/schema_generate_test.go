package planfile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// node is a schema, in the order in which people read one.
type node struct {
	Dialect     string   `json:"$schema,omitempty"`
	ID          string   `json:"$id,omitempty"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Ref         string   `json:"$ref,omitempty"`
	Type        any      `json:"type,omitempty"` // A name, or several.
	Const       any      `json:"const,omitempty"`
	Enum        []string `json:"enum,omitempty"`
	Format      string   `json:"format,omitempty"`
	Pattern     string   `json:"pattern,omitempty"`
	Minimum     *int     `json:"minimum,omitempty"`
	Items       *node    `json:"items,omitempty"`
	Properties  *members `json:"properties,omitempty"`
	Additional  any      `json:"additionalProperties,omitempty"` // A schema, or false.
	Required    []string `json:"required,omitempty"`
	Defs        *members `json:"$defs,omitempty"`
}

// members are named schemas in their order.
type members struct {
	names []string
	nodes map[string]*node
}

func (m *members) add(name string, n *node) {
	if m.nodes == nil {
		m.nodes = map[string]*node{}
	}
	m.names, m.nodes[name] = append(m.names, name), n
}

func (m *members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, name := range m.names {
		doc, err := json.Marshal(m.nodes[name])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", name, doc)
	}
	return []byte("{" + b.String() + "}"), nil
}

// generate makes the schema of plan files from the types that they are written from.
func generate(said *comments) ([]byte, error) {
	g := &generator{said: said, defs: &members{}}
	root := &node{
		Dialect: "https://json-schema.org/draft/2020-12/schema",
		ID:      "https://github.com/restorectl/restorectl/blob/main/docs/plan.schema.json",
		Title:   "restorectl plan file",
		Description: "What `restorectl plan` writes and `restorectl apply` executes. A plan file is only accepted byte for byte as it was written. " +
			"No plan file of this release has a member that is not in this schema.",
		Properties: &members{}, Additional: false, Required: []string{"restorectl_plan", "digest", "plan"},
		Type: "object",
	}
	root.Properties.add("restorectl_plan", &node{Description: "The version of this document.", Const: planfile.Version})
	root.Properties.add("digest", &node{Description: "The SHA-256 of the compact JSON of the member plan, in lower-case hex.", Type: "string", Pattern: "^[0-9a-f]{64}$"})
	root.Properties.add("plan", g.of(reflect.TypeFor[planner.Plan]()))
	root.Defs = g.defs
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

type generator struct {
	said *comments
	defs *members
}

// of gives the schema of what a value of a type is written as; a struct's is among the definitions.
func (g *generator) of(t reflect.Type) *node {
	switch t {
	case reflect.TypeFor[time.Time]():
		return &node{Type: "string", Format: "date-time"}
	case reflect.TypeFor[planner.Duration]():
		return &node{Type: "string", Pattern: `^-?([0-9]+(\.[0-9]+)?(ns|µs|ms|s|m|h))+$`}
	case reflect.TypeFor[time.Duration]():
		return &node{Type: "integer", Description: "In nanoseconds."}
	}
	switch t.Kind() {
	case reflect.Bool:
		return &node{Type: "boolean"}
	case reflect.Int, reflect.Int64:
		return &node{Type: "integer"}
	case reflect.Uint64:
		return &node{Type: "integer", Minimum: new(int)}
	case reflect.String:
		return &node{Type: "string", Enum: g.said.constants[t.String()], Description: g.said.meaning(t.String())}
	case reflect.Slice:
		return &node{Type: "array", Items: g.of(t.Elem())}
	case reflect.Map:
		return &node{Type: "object", Additional: g.orNull(t.Elem())}
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.Struct:
		return g.object(t)
	default:
		return &node{Description: "no schema for " + t.String()} // Which validates nothing wrong, so that the tests find it.
	}
}

// orNull is of, for a value that is written as null where it is nil.
func (g *generator) orNull(t reflect.Type) *node {
	n := g.of(t)
	if name, ok := n.Type.(string); ok && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		n.Type = []string{name, "null"}
	}
	return n
}

func (g *generator) object(t reflect.Type) *node {
	ref := &node{Ref: "#/$defs/" + t.String()}
	if g.defs.nodes[t.String()] != nil {
		return ref
	}
	n := &node{Type: "object", Properties: &members{}, Additional: false}
	g.defs.add(t.String(), n)
	json := map[string]string{}
	for f := range fields(t) {
		json[f.Name] = f.json
	}
	n.Description = g.said.of(t.String(), json)
	for f := range fields(t) {
		member := g.of(f.Type)
		if !f.optional {
			member = g.orNull(f.Type)
			n.Required = append(n.Required, f.json)
		}
		member.Description = strings.TrimSpace(g.said.of(t.String()+"."+f.Name, json) + " " + member.Description)
		n.Properties.add(f.json, member)
	}
	return ref
}

// field is a field that is written, under the name json, and if optional not where it is empty.
type field struct {
	reflect.StructField
	json     string
	optional bool
}

func fields(t reflect.Type) func(yield func(field) bool) {
	return func(yield func(field) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Tag.Get("json") == "-" || !f.IsExported() {
				continue
			}
			if name == "" {
				name = f.Name
			}
			if !yield(field{f, name, options != ""}) {
				return
			}
		}
	}
}
