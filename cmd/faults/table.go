package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The lines between which a table stands in a document.
const (
	tableBegins = "<!-- The table of a run, made by `make faults-table`. -->"
	tableEnds   = "<!-- The end of the table. -->"
)

// tableOf writes the table of a record, or puts it into a document.
func tableOf(args []string, out io.Writer) error {
	set := flag.NewFlagSet("faults table", flag.ContinueOnError)
	into := set.String("into", "", "the document whose table is replaced; empty prints it")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() != 1 {
		return errors.New("name the record that `faults run` wrote")
	}
	record, err := os.Open(filepath.Clean(set.Arg(0)))
	if err != nil {
		return err
	}
	defer func() { _ = record.Close() }() // Only read.
	results, err := readResults(record)
	if err != nil {
		return err
	}
	if *into == "" {
		_, err := io.WriteString(out, table(results))
		return err
	}
	text, err := os.ReadFile(*into)
	if err != nil {
		return err
	}
	text, err = replaced(text, table(results))
	if err != nil {
		return fmt.Errorf("%s: %w", *into, err)
	}
	return os.WriteFile(*into, text, 0o600)
}

// replaced puts a table between its two lines.
func replaced(text []byte, table string) ([]byte, error) {
	head, rest, found := bytes.Cut(text, []byte(tableBegins+"\n"))
	_, tail, ends := bytes.Cut(rest, []byte(tableEnds))
	if !found || !ends {
		return nil, fmt.Errorf("it has no lines %q and %q", tableBegins, tableEnds)
	}
	return slices.Concat(head, []byte(tableBegins+"\n\n"+table+"\n"+tableEnds), tail), nil
}

// tally counts the cases of one kind of fault.
type tally struct{ apply, revert, pairs, missed, failed int }

// table is a run in Markdown. Cases with two faults count for each of them.
func table(results []Result) string {
	var b strings.Builder
	b.WriteString(heading(results))
	b.WriteString("\n| fault | hit apply | hit revert | of them with another fault | nothing to hurt | cases failed |\n| --- | --- | --- | --- | --- | --- |\n")
	tallies := map[string]*tally{}
	for _, k := range kinds() {
		tallies[k.name] = &tally{}
	}
	for i := range results {
		count(tallies, &results[i])
	}
	for _, k := range kinds() {
		t := tallies[k.name]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", k.name, t.apply, t.revert, t.pairs, t.missed, t.failed)
	}
	return b.String()
}

func count(tallies map[string]*tally, r *Result) {
	for _, name := range r.Faults {
		t := tallies[name]
		if t == nil {
			continue // A kind that there is no more.
		}
		hit := slices.Contains(r.Injected, name)
		switch {
		case !hit:
			t.missed++
		case r.Command == "apply":
			t.apply++
		default:
			t.revert++
		}
		if hit && len(r.Injected) > 1 {
			t.pairs++
		}
		if hit && r.Outcome != passed {
			t.failed++
		}
	}
}

// givenOnce is how many commands a scenario takes where none has to be given again.
func givenOnce(name string) int {
	if slices.ContainsFunc(scenarios(), func(s scenario) bool { return s.name == name && s.revert == 0 }) {
		return 1
	}
	return 2
}

// heading says how much was run, when, and what came of it.
func heading(results []Result) string {
	if len(results) == 0 {
		return "No case was run.\n"
	}
	first, last := results[0].Seed, results[0].Seed
	hit, again, late, bad := 0, 0, 0, 0
	day := results[0].Ended
	scenarios, events := map[string]int{}, map[string]bool{}
	for _, r := range results {
		first, last = min(first, r.Seed), max(last, r.Seed)
		if r.Ended.After(day) {
			day = r.Ended
		}
		scenarios[r.Scenario]++
		if len(r.Injected) > 0 {
			hit++
			events[fmt.Sprintf("%s %s %d", r.Scenario, r.Command, r.Event)] = true
		}
		if r.Tries > givenOnce(r.Scenario) {
			again++
		}
		if len(r.Late) > 0 {
			late++
		}
		if r.Outcome != passed {
			bad++
		}
	}
	var jobs []string
	for name, n := range scenarios {
		jobs = append(jobs, fmt.Sprintf("%d %s", n, name))
	}
	slices.SortFunc(jobs, func(a, b string) int {
		return cmp.Compare(strings.TrimLeft(a, "0123456789 "), strings.TrimLeft(b, "0123456789 "))
	})
	verdict := "None lost a task, none committed twice, and every case came to the same end."
	if bad > 0 {
		verdict = fmt.Sprintf("**%d cases failed.**", bad)
	}
	if late > 0 {
		verdict += fmt.Sprintf(" In %d the fault came after the last look, and left a scheduler half alive that `status` named and a person restarted.", late)
	}
	return fmt.Sprintf("%d cases, seeds %d to %d, %s (%s). In %d a fault hit, at %d different events; %d needed a command again. %s\n",
		len(results), first, last, day.Format("2006-01-02"), strings.Join(jobs, ", "), hit, len(events), again, verdict)
}
