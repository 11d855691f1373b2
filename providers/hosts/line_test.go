package hosts

import (
	"errors"
	"strings"
	"testing"
)

func TestAddRemove(t *testing.T) {
	for name, file := range map[string]string{
		"empty": "", "usual": "127.0.0.1 localhost\n# a comment\n10.0.0.1 other\n", "no end": "127.0.0.1 localhost",
		"crlf": "127.0.0.1 localhost\r\n", "crlf without end": "127.0.0.1 localhost\r\n::1 ip6", "blank lines": "\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			added, err := add([]byte(file), "127.0.0.1", "aurora.example.com", "run1")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(added), file) || len(naming(added, "Aurora.example.com")) != 1 {
				t.Errorf("became %q", added)
			}
			again, err := add(added, "127.0.0.1", "aurora.example.com", "run1")
			if err != nil || string(again) != string(added) {
				t.Errorf("added twice: %q, error %v", again, err)
			}
			if back := remove(added, "run1"); string(back) != file {
				t.Errorf("%q came back as %q", file, back)
			}
			if kept := remove(added, "run2"); string(kept) != string(added) {
				t.Errorf("another run's line was taken: %q", kept)
			}
		})
	}
}

func TestRemoveKeepsWhatOthersAdded(t *testing.T) {
	added, err := add([]byte("127.0.0.1 localhost\n"), "127.0.0.1", "aurora.example.com", "run1")
	if err != nil {
		t.Fatal(err)
	}
	if got := remove(append(added, "10.0.0.2 new\n"...), "run1"); string(got) != "127.0.0.1 localhost\n10.0.0.2 new\n" {
		t.Errorf("got %q", got)
	}
}

func TestAddRefusesANameThatIsThere(t *testing.T) {
	_, err := add([]byte("10.0.0.1 x AURORA.example.com # why\n"), "127.0.0.1", "aurora.example.com", "run1")
	if !errors.Is(err, errNamed) || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("error %v", err)
	}
	if _, err := add([]byte("10.0.0.1 x # aurora.example.com\n"), "127.0.0.1", "aurora.example.com", "run1"); err != nil {
		t.Errorf("a comment counts: %v", err)
	}
}
