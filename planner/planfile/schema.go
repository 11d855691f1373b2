package planfile

import _ "embed"

// schema is written by the tests from planner's types and their comments; docs has a copy of it.
//
//go:embed plan.schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of the documents that Encode writes.
func Schema() []byte { return schema }
