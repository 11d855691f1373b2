package render

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/restorectl/restorectl/planner"
)

//go:embed html.tmpl
var page string

// pages makes a text of every name that it is given, wherever that stands in the page.
var pages = template.Must(template.New("plan").Funcs(template.FuncMap{"thing": thing}).Parse(page))

// HTML writes a plan as one page that needs nothing besides itself: no script, no picture, no network.
func HTML(w io.Writer, p *planner.Plan, digest string) error {
	var b bytes.Buffer
	if err := pages.Execute(&b, newDocument(p, digest)); err != nil {
		return fmt.Errorf("write the plan as HTML: %w", err)
	}
	out := &printer{w: w}
	out.text(b.String())
	return out.err
}
