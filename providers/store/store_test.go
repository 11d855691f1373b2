package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/restorectl/restorectl/config"
)

// contents are what each kind of store holds under the prefix west/. Larger than one read.
var contents = map[string][]byte{
	"scheduler-backup-2026-11-20-09-15": bytes.Repeat([]byte("backup"), 100<<10),
	"empty":                             {},
}

// folder is a store in a folder.
func folder(t *testing.T) config.Store {
	dir := t.TempDir()
	for _, sub := range []string{"west/deeper", "east"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range contents {
		put("west/"+name, data)
	}
	put("west/deeper/other", []byte("x"))
	put("east/other", []byte("x"))
	return config.Store{Name: "disk", URL: "file://" + filepath.ToSlash(dir) + "?prefix=west/"}
}

// s3 is a store on a server that speaks S3's protocol.
func s3(t *testing.T) config.Store {
	backend := s3mem.New()
	if err := backend.CreateBucket("aurora"); err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) {
		if _, err := backend.PutObject("aurora", name, map[string]string{}, bytes.NewReader(data), int64(len(data)), nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range contents {
		put("west/"+name, data)
	}
	put("west/", nil) // As some tools make folders.
	put("west/deeper/other", []byte("x"))
	put("east/other", []byte("x"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "id-of-the-test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "geheim-geheim")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return config.Store{Name: "bucket", URL: "s3://aurora?region=eu-west-1&use_path_style=true&endpoint=" + server.URL + "&prefix=west/"}
}

// google is a store on a server that answers the two calls of the JSON API that are made.
func google(t *testing.T) config.Store {
	objects := map[string][]byte{"west/": {}, "west/deeper/other": []byte("x"), "east/other": []byte("x")}
	for name, data := range contents {
		objects["west/"+name] = data
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, isRead := strings.CutPrefix(r.URL.Path, "/aurora/")
		switch {
		case r.URL.Path == "/storage/v1/b/aurora/o" && r.URL.Query().Get("delimiter") == "/":
			listGoogle(t, w, objects, r.URL.Query().Get("prefix"))
		case isRead && objects[name] != nil:
			http.ServeContent(w, r, "", time.Unix(0, 0), bytes.NewReader(objects[name]))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(server.URL, "http://"))
	return config.Store{Name: "cloud", URL: "gs://aurora?prefix=west/"}
}

func listGoogle(t *testing.T, w http.ResponseWriter, objects map[string][]byte, prefix string) {
	type item struct {
		Name    string `json:"name"`
		Size    uint64 `json:"size,string"`
		Updated string `json:"updated"`
	}
	var answer struct {
		Kind     string   `json:"kind"`
		Items    []item   `json:"items"`
		Prefixes []string `json:"prefixes"`
	}
	answer.Kind = "storage#objects"
	for name, data := range objects {
		rest, ok := strings.CutPrefix(name, prefix)
		switch dir, _, deeper := strings.Cut(rest, "/"); {
		case !ok:
		case deeper:
			answer.Prefixes = append(answer.Prefixes, prefix+dir+"/")
		default:
			answer.Items = append(answer.Items, item{name, uint64(len(data)), "2026-11-20T09:15:02Z"})
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		t.Error(err)
	}
}

// TestStores demands the same of every kind.
func TestStores(t *testing.T) {
	for kind, make := range map[string]func(*testing.T) config.Store{"folder": folder, "S3": s3, "Google": google} {
		t.Run(kind, func(t *testing.T) {
			s := make(t)
			files, err := List(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			sizes, want := map[string]int64{}, map[string]int64{}
			for _, f := range files {
				sizes[f.Name] = f.Size
				if f.Modified.Year() < 2026 {
					t.Errorf("%s was written %s", f.Name, f.Modified)
				}
			}
			for name, data := range contents {
				want[name] = int64(len(data))
				r, err := Read(t.Context(), s, name)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(r)
				if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, data) {
					t.Errorf("%s: %d bytes of %d, error %v", name, len(got), len(data), err)
				}
			}
			if diff := cmp.Diff(want, sizes); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, err := Read(t.Context(), s, "none"); !errors.Is(err, ErrNone) {
				t.Errorf("a backup that is not there: %v", err)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "id-of-the-test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "geheim-geheim")
	forbidden := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`)
	}))
	t.Cleanup(forbidden.Close)
	for name, tt := range map[string]struct{ url, want string }{
		"no folder":   {"file://" + t.TempDir() + "/none", `store "s" can't be opened`},
		"not allowed": {"s3://aurora?region=eu-west-1&use_path_style=true&endpoint=" + forbidden.URL, "credentials come from the environment"},
		"no kind":     {"ftp://x", `there is no store of kind "ftp"`},
	} {
		_, err := List(t.Context(), config.Store{Name: "s", URL: tt.url})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "id-of-the-test") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := List(ended, config.Store{Name: "s", URL: "s3://aurora?region=eu-west-1&use_path_style=true&endpoint=" + forbidden.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
