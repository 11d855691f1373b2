package render

import (
	"bytes"
	"testing"
)

func TestMarkdownGolden(t *testing.T) {
	var out bytes.Buffer
	if err := Markdown(&out, sample(), "0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.md", out.Bytes())
}

func TestProse(t *testing.T) {
	for s, want := range map[string]string{
		"stop every scheduler, and don't start 3 of them": "stop every scheduler, and don't start 3 of them",
		"edit /etc/default/aurora-scheduler (CLUSTER)":    "edit `/etc/default/aurora-scheduler` (CLUSTER)",
		"compare it (`restorectl diff`); name = \"a2\"":   "compare it (`restorectl diff`); name = \"`a2`\"",
		"0 4 * * * -> 0 3 *  *":                           "0 4 `* * *` -> 0 3 `*  *`",
		"1. ads/prod/api: 12":                             "`1`. `ads/prod/api`: 12",
		"of a|b `c`d`":                                    "of `a`&#124;`b c`d`` ` ``",
	} {
		if got := prose(s); got != want {
			t.Errorf("%s becomes %s, want %s", s, got, want)
		}
	}
}
