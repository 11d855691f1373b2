package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/restorectl/restorectl/cmd/render"
	"github.com/restorectl/restorectl/planner"
	"github.com/restorectl/restorectl/planner/planfile"
)

// defaultPlan is the name of a plan file, next to its configuration.
const defaultPlan = "restore.plan"

// formats are the values of show --format.
var formats = []cobra.Completion{
	cobra.CompletionWithDesc("text", "for a terminal"),
	cobra.CompletionWithDesc("markdown", "for a ticket, as GitHub reads it"),
	cobra.CompletionWithDesc("html", "one page, for a browser, a mail or paper"),
	cobra.CompletionWithDesc("json", "the plan document itself"),
}

func newShow() *cobra.Command {
	var asJSON, schema bool
	var format string
	c := &cobra.Command{
		Use:   "show [restore.plan]",
		Short: "Show a plan file",
		Long: `Show a plan file whole: as text, or as Markdown, HTML or JSON for a change ticket, a mail, or another program. It is refused if one byte of
it was changed. There are no secrets in it.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case schema && len(args) > 0:
				return fmt.Errorf("--schema prints the schema of every plan file: leave out %s", args[0])
			case schema:
				_, err := cmd.OutOrStdout().Write(planfile.Schema())
				return err
			case asJSON:
				format = "json"
			}
			return show(cmd.OutOrStdout(), orDefault(args, defaultPlan), format)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the plan document itself: --format json")
	c.Flags().StringVar(&format, "format", "text", "print the plan as `FORMAT`: text, markdown, html or json")
	c.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of plan files instead")
	c.MarkFlagsMutuallyExclusive("json", "format", "schema")
	// It fails only where there is no such flag.
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func show(w io.Writer, path, format string) error {
	write, known := map[string]func(io.Writer, *planner.Plan, string) error{
		"text": showText, "markdown": render.Markdown, "html": render.HTML, "json": showJSON,
	}[format]
	if !known {
		return fmt.Errorf("--format: there is no format %q: give text, markdown, html or json", format)
	}
	p, digest, err := planfile.Read(path)
	if err != nil {
		return err
	}
	return write(w, p, digest)
}

func showText(w io.Writer, p *planner.Plan, digest string) error {
	if err := render.Plan(w, p, time.Now()); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nsha256 %s\n", digest)
	return err
}

func showJSON(w io.Writer, p *planner.Plan, _ string) error {
	doc, _, err := planfile.Encode(p)
	if err != nil {
		return err
	}
	_, err = w.Write(doc)
	return err
}
