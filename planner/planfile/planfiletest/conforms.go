// Package planfiletest checks plan files as programs other than restorectl would: by the published schema.
package planfiletest

import (
	"bytes"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/restorectl/restorectl/planner/planfile"
)

// Conforms says in what a document differs from the schema of plan files.
func Conforms(doc []byte) error {
	schema, err := Schema()
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		return fmt.Errorf("no JSON document: %w", err)
	}
	return schema.Validate(v)
}

// Schema is the schema, ready to validate documents with. Formats such as date-time are checked as well.
func Schema() (*jsonschema.Schema, error) {
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(planfile.Schema()))
	if err != nil {
		return nil, fmt.Errorf("the schema is no JSON document: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("plan.schema.json", text); err != nil {
		return nil, err
	}
	return c.Compile("plan.schema.json")
}
