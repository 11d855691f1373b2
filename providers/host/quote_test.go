package host

import (
	"bytes"
	"os/exec"
	"testing"
)

var quoteTable = []struct {
	args []string
	want string
}{
	{[]string{"true"}, `'true'`},
	{[]string{"echo", "a b", ""}, `'echo' 'a b' ''`},
	{[]string{"echo", "it's"}, `'echo' 'it'\''s'`},
	{[]string{"echo", "$HOME `id` \\ \" ! * ~ # ; & | < > ( ) { } \n\t"}, "'echo' '$HOME `id` \\ \" ! * ~ # ; & | < > ( ) { } \n\t'"},
	{[]string{"a=b", "-n"}, `'a=b' '-n'`},
}

func TestQuote(t *testing.T) {
	for _, c := range quoteTable {
		got, err := quote(c.args)
		if err != nil || got != c.want {
			t.Errorf("quote(%q) = %s, %v; want %s", c.args, got, err, c.want)
		}
	}
	for _, args := range [][]string{nil, {}, {""}, {"a\x00b"}, {"echo", "\x00"}} {
		if got, err := quote(args); err == nil {
			t.Errorf("quote(%q) = %s; want an error", args, got)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, c := range quoteTable {
		f.Add(c.args[0], c.args[len(c.args)-1])
	}
	f.Add("''", "\xff\xfe'\\''")
	f.Fuzz(func(t *testing.T, a, b string) {
		line, err := quote([]string{"printf", `%s\0`, a, b})
		if err != nil {
			return
		}
		out, err := exec.Command("sh", "-c", line).Output()
		if err != nil {
			t.Fatalf("sh refuses %s: %v", line, err)
		}
		if want := []byte(a + "\x00" + b + "\x00"); !bytes.Equal(out, want) {
			t.Fatalf("sh made %q of %s, want %q", out, line, want)
		}
	})
}
