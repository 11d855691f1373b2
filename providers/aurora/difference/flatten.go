package difference

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// flatten gives every value of a struct by its path. Sets are sorted by their text, since they have no order; text that is JSON, as an
// executor's is, is taken apart as well.
func flatten(v any) map[string]string {
	out := map[string]string{}
	walk(out, "", reflect.ValueOf(v))
	return out
}

func walk(out map[string]string, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(out, path, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			walk(out, join(path, v.Type().Field(i).Name), v.Field(i))
		}
	case reflect.Slice:
		texts := make([]string, v.Len())
		for i := range v.Len() {
			element := map[string]string{}
			walk(element, "", v.Index(i))
			texts[i] = inline(element)
		}
		slices.Sort(texts)
		for i, t := range texts {
			out[fmt.Sprintf("%s[%d]", path, i)] = t
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			walk(out, join(path, k.String()), v.MapIndex(k))
		}
	case reflect.String:
		text(out, path, v.String())
	default:
		out[path] = fmt.Sprint(v.Interface())
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// inline writes the values of an element in one line.
func inline(values map[string]string) string {
	if v, ok := values[""]; ok {
		return v
	}
	var parts []string
	for _, path := range sortedKeys(values) {
		parts = append(parts, path+"="+values[path])
	}
	return strings.Join(parts, " ")
}

func text(out map[string]string, path, s string) {
	if strings.HasPrefix(s, "{") {
		var v any
		if json.Unmarshal([]byte(s), &v) == nil {
			document(out, path, v)
			return
		}
	}
	if s != "" {
		out[path] = s
	}
}

// document takes JSON apart; its lists have an order.
func document(out map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			document(out, join(path, k), inner)
		}
	case []any:
		for i, inner := range v {
			document(out, fmt.Sprintf("%s[%d]", path, i), inner)
		}
	default:
		out[path] = fmt.Sprint(v)
	}
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
