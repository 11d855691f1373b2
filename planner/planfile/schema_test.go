package planfile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
	"github.com/restorectl/restorectl/planner/planfile/planfiletest"
)

var update = flag.Bool("update", false, "write the schema anew")

// source is what the source says of the types of a plan.
func source(t *testing.T) *comments {
	t.Helper()
	said, err := read("..", "../../config")
	if err != nil {
		t.Fatal(err)
	}
	return said
}

// TestSchemaIsOfTheTypes compares the schema, and its copy for readers, with what the types and their comments make of it now.
func TestSchemaIsOfTheTypes(t *testing.T) {
	want, err := generate(source(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"plan.schema.json", "../../docs/plan.schema.json"} {
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not of the types as they are; go test ./planner/planfile -update writes it anew (-types +file):\n%s", file, diff)
		}
	}
}

// TestSchemaNamesWhatIsWritten compares the schema's members with those that encoding/json writes: of empty values those that are always
// there, of full values all.
func TestSchemaNamesWhatIsWritten(t *testing.T) {
	var doc struct {
		Defs map[string]struct {
			Required   []string                   `json:"required"`
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(planfile.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	found, said := map[string]bool{}, source(t)
	for _, typ := range structs(reflect.TypeFor[planner.Plan](), nil) {
		found[typ.String()] = true
		def, full := doc.Defs[typ.String()], reflect.New(typ)
		said.fill(full.Elem())
		if diff := cmp.Diff(names(t, reflect.New(typ)), slices.Sorted(slices.Values(def.Required))); diff != "" {
			t.Errorf("%s, members that are always there (-written +schema):\n%s", typ, diff)
		}
		if diff := cmp.Diff(names(t, full), slices.Sorted(maps.Keys(def.Properties))); diff != "" {
			t.Errorf("%s, members (-written +schema):\n%s", typ, diff)
		}
	}
	if len(found) < 40 || len(found) != len(doc.Defs) {
		t.Errorf("%d types, %d definitions", len(found), len(doc.Defs))
	}
}

// structs lists the struct types that a type consists of and that are written member by member.
func structs(t reflect.Type, seen []reflect.Type) []reflect.Type {
	switch {
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
		return structs(t.Elem(), seen)
	case t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() || slices.Contains(seen, t):
		return seen
	}
	seen = append(seen, t)
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("json") != "-" {
			seen = structs(t.Field(i).Type, seen)
		}
	}
	return seen
}

func names(t *testing.T, v reflect.Value) []string {
	t.Helper()
	doc, err := json.Marshal(v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(doc, &m); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(m))
}

// fill gives everything in v a value that is not empty; an inverse has none of its own. A type that has constants gets one of them.
func (c *comments) fill(v reflect.Value) {
	if values := c.constants[v.Type().String()]; len(values) > 0 {
		v.SetString(values[len(values)-1])
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1500)
	case reflect.Uint64:
		v.SetUint(1500)
	case reflect.String:
		v.SetString("x")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		c.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		c.fill(v.Index(0))
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		c.fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("x"), value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Inverse" {
				c.fill(v.Field(i))
			}
		}
		if s, ok := v.Addr().Interface().(*planner.Step); ok {
			s.Inverse = &planner.Step{ID: s.ID, Title: s.Title, Action: s.Action}
		}
	default:
		// Which the check of names finds: it stays empty.
	}
}

// full is a document in which every member that a plan can have has a value.
func full(t *testing.T) []byte {
	t.Helper()
	var p planner.Plan
	source(t).fill(reflect.ValueOf(&p).Elem())
	doc, _, err := planfile.Encode(&p)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestPlansConformToTheSchema(t *testing.T) {
	empty, _, err := planfile.Encode(&planner.Plan{Kind: planner.KindApply})
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string][]byte{"full": full(t), "empty": empty}
	files, err := filepath.Glob("testdata/formats/*/restore.plan")
	if err != nil || len(files) != planfile.Version {
		t.Fatalf("%d plan files for %d versions, error %v", len(files), planfile.Version, err)
	}
	for _, file := range files {
		if docs[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	for name, doc := range docs {
		if err := planfiletest.Conforms(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefusesEveryOtherDocument changes each value of a document that has every member into one of another type, adds a member to each
// of its objects, and takes each member out of a document that has only those that are always there.
func TestSchemaRefusesEveryOtherDocument(t *testing.T) {
	schema, err := planfiletest.Schema()
	if err != nil {
		t.Fatal(err)
	}
	bare, _, err := planfile.Encode(&planner.Plan{Kind: planner.KindApply})
	if err != nil {
		t.Fatal(err)
	}
	changed := &change{t: t, schema: schema}
	if changed.each(full(t), changed.value); changed.count < 500 {
		t.Errorf("only %d changes", changed.count)
	}
	if changed.each(bare, changed.member); changed.count < 600 {
		t.Errorf("only %d changes", changed.count)
	}
}

// change changes a document in one place after the other, and undoes that.
type change struct {
	t      *testing.T
	schema *jsonschema.Schema
	doc    any
	count  int
}

func (c *change) each(doc []byte, at func(path string, v any, set func(any))) {
	c.t.Helper()
	var err error
	if c.doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(doc)); err != nil {
		c.t.Fatal(err)
	}
	c.walk("", c.doc, func(v any) { c.doc = v }, at)
	if err := c.schema.Validate(c.doc); err != nil {
		c.t.Errorf("when all changes were undone: %v", err)
	}
}

func (c *change) walk(path string, v any, set func(any), at func(path string, v any, set func(any))) {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			c.walk(path+"."+name, v[name], func(other any) { v[name] = other }, at)
		}
	case []any:
		for i := range v {
			c.walk(path+"[]", v[i], func(other any) { v[i] = other }, at)
		}
	}
	at(path, v, set)
}

// value changes a value, and adds to an object what no plan has.
func (c *change) value(path string, v any, set func(any)) {
	other := any(map[string]any{})
	if object, ok := v.(map[string]any); ok {
		object["unknown"], other = []any{}, []any{}
		c.refused(path, "a member that no plan has")
		delete(object, "unknown")
	}
	set(other)
	c.refused(path, "another type")
	set(v)
}

// member takes each member out of an object.
func (c *change) member(path string, v any, _ func(any)) {
	object, _ := v.(map[string]any)
	for name, was := range maps.Clone(object) {
		delete(object, name)
		c.refused(path, name+" that is missing")
		object[name] = was
	}
}

func (c *change) refused(path, what string) {
	if c.count++; c.schema.Validate(c.doc) == nil {
		c.t.Errorf("%s: %s is not noticed", path, what)
	}
}
