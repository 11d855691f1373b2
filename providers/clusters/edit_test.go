package clusters

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const usual = `[
  {
    "name": "east",
    "zk": "zk-east"
  },
  {
    "name": "west",
    "zk": "zk1,zk2",
    "zk_port": 2181,
    "scheduler_zk_path": "/aurora/scheduler",
    "auth_mechanism": "BASIC"
  }
]
`

func TestSetAndRemove(t *testing.T) {
	got, err := set([]byte(usual), "west", "scheduler_uri", "http://localhost:8081")
	if err == nil {
		got, err = remove(got, "west", "zk")
	}
	if err == nil {
		got, err = set(got, "west", "auth_mechanism", "UNAUTHENTICATED")
	}
	if err != nil {
		t.Fatal(err)
	}
	const want = `[
  {
    "name": "east",
    "zk": "zk-east"
  },
  {
    "name": "west",
    "zk_port": 2181,
    "scheduler_zk_path": "/aurora/scheduler",
    "auth_mechanism": "UNAUTHENTICATED",
    "scheduler_uri": "http://localhost:8081"
  }
]
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEditsMeanWhatTheySay edits files of every layout and reads them with another parser.
func TestEditsMeanWhatTheySay(t *testing.T) {
	for name, file := range map[string]string{
		"one line":    `[{"name":"west","zk":"z"}]`,
		"only a name": `[ { "name": "west" } ]`,
		"zk first":    "[{\"zk\" : \"z\" , \"name\" : \"west\"}]\r\n",
		"zk between":  `[{"name":"west", "zk":"z", "x":{"zk":"keep, me"}}]`,
		"a map":       `{"a": {"name": "west", "zk": "z"}, "b": {"name": "east"}}`,
		"zk twice":    `[{"zk":"a","name":"west","zk":"b"}]`,
		"zk first, twice": `[{"zk":"a",
   "zk":"b","name":"west"}]`,
		"escaped name": `[{"name":"w\u0065st","zk":"z"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := remove([]byte(file), "west", "zk")
			if err == nil {
				got, err = set(got, "west", "scheduler_uri", "http://a:1")
			}
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(got) {
				t.Fatalf("%s became %s", file, got)
			}
			e, err := find(got, "west")
			if err != nil || e.member("zk") != nil || e.text("scheduler_uri") != "http://a:1" {
				t.Errorf("%s became %s, error %v", file, got, err)
			}
		})
	}
}

func TestUndoKeepsWhatOthersChanged(t *testing.T) {
	edited, err := set([]byte(usual), "west", "scheduler_uri", "http://localhost:8081")
	if err == nil {
		edited, err = remove(edited, "west", "zk")
	}
	if err == nil {
		edited, err = set(edited, "east", "zk", "new")
	}
	for _, key := range []string{"zk", "scheduler_uri"} {
		if err == nil {
			edited, err = undo(edited, []byte(usual), "west", key)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := find(edited, "west")
	if err != nil || e.text("zk") != "zk1,zk2" || e.member("scheduler_uri") != nil {
		t.Errorf("west is %+v, error %v", e, err)
	}
	if e, err := find(edited, "east"); err != nil || e.text("zk") != "new" {
		t.Errorf("east is %+v, error %v", e, err)
	}
}

func TestRefuses(t *testing.T) {
	for file, want := range map[string]error{
		``: errInvalid, `{`: errInvalid, `[1]`: errInvalid, `[{"name":"west"}] x`: errInvalid, `[{"zk":"z"}]`: errInvalid,
		"[\n// comment\n]": errInvalid, `[{"name":"east"}]`: errMissing, `[]`: errMissing, `[{"name":"west"},{"name":"west"}]`: errTwice,
	} {
		if _, err := set([]byte(file), "west", "zk", "z"); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", file, err, want)
		}
	}
}

func FuzzSet(f *testing.F) {
	f.Add(usual)
	f.Add(`[{"name":"west","zk":"z"}]`)
	f.Fuzz(func(t *testing.T, file string) {
		got, err := set([]byte(file), "west", "scheduler_uri", "u")
		if err != nil {
			return
		}
		if e, err := find(got, "west"); err != nil || e.text("scheduler_uri") != "u" {
			t.Errorf("%q became %q, error %v", file, got, err)
		}
	})
}
