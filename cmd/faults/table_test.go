package main

import (
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	day := time.Date(2026, 11, 25, 16, 0, 0, 0, time.UTC)
	record := `{"seed":3,"scenario":"restore","command":"apply","event":7,"faults":["restorectl killed"],"injected":["restorectl killed"],"tries":3,"ended":"` + day.Format(time.RFC3339) + `","outcome":"failed"}
{"seed":4,"scenario":"rollback","command":"revert","event":2,"faults":["host rebooted","restorectl killed"],"injected":["host rebooted","restorectl killed"],"late":["scheduler-1"],"tries":2,"ended":"` + day.Format(time.RFC3339) + `","outcome":"passed"}
{"seed":5,"scenario":"restore","command":"apply","event":1,"faults":["answer to the commit lost"],"injected":null,"tries":2,"ended":"` + day.Format(time.RFC3339) + `","outcome":"passed"}
{"seed":9,"scenario":"rebuild","command":"apply","event":1,"faults":["restorectl killed"],"injected":["restorectl killed"],"tries":2,"ended":"` + day.Format(time.RFC3339) + `","outcome":"passed"}
`
	results, err := readResults(strings.NewReader(record))
	if err != nil {
		t.Fatal(err)
	}
	got := table(results)
	for _, want := range []string{
		"4 cases, seeds 3 to 9, 2026-11-25 (1 rebuild, 2 restore, 1 rollback). In 3 a fault hit, at 3 different events; 2 needed a command again. **1 cases failed.** In 1 the fault came after the last look,",
		"| restorectl killed | 2 | 1 | 1 | 0 | 1 |",
		"| host rebooted | 0 | 1 | 1 | 0 | 0 |",
		"| answer to the commit lost | 0 | 0 | 0 | 1 | 0 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	// A case that was run again counts as it came out last.
	if results, err = readResults(strings.NewReader(record + strings.Split(strings.Replace(record, "failed", "passed", 1), "\n")[0])); err != nil {
		t.Fatal(err)
	}
	if got = table(results); !strings.Contains(got, "None lost a task, none committed twice") || len(results) != 4 {
		t.Errorf("after the second try: %s", got)
	}
	text, err := replaced([]byte("before\n"+tableBegins+"\n\nold\n\n"+tableEnds+"\nafter\n"), "new\n")
	if err != nil || string(text) != "before\n"+tableBegins+"\n\nnew\n\n"+tableEnds+"\nafter\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := replaced([]byte("nothing"), "new\n"); err == nil {
		t.Error("a document without a place for the table is no error")
	}
}
