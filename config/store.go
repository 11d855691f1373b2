package config

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Store is a place off the cluster where backups are kept. Credentials are never part of it: they come from the environment, or from where
// the store's own tools have them.
type Store struct {
	Name string
	// URL is file:///folder, s3://bucket or gs://bucket, with parameters that storeParameters tells.
	URL string
}

// storeParameters are the parameters of a store's URL by its kind, besides prefix.
var storeParameters = map[string][]string{
	"file": {},
	"s3":   {"region", "endpoint", "profile", "use_path_style", "disable_https", "anonymous", "dualstack", "fips"},
	"gs":   {"anonymous"},
}

// stores evaluates the blocks of stores.
func (d *decoder) stores(blocks hcl.Blocks, r *Restore) {
	for _, b := range blocks.OfType("store") {
		s := Store{Name: b.Labels[0]}
		at := b.LabelRanges[0]
		switch {
		case s.Name == "" || strings.ContainsAny(s.Name, "/: \t\r\n\x00"):
			d.fail(at, "Not a store's name", "%q holds what a name can't: a slash, a colon or a blank.", s.Name)
		case slices.ContainsFunc(r.Cluster.Schedulers, func(c Scheduler) bool { return c.Name == s.Name }):
			d.fail(at, "Name taken", "%q is a scheduler's name already: lists of backups could not tell them apart.", s.Name)
		case slices.ContainsFunc(r.Backup.Stores, func(c Store) bool { return c.Name == s.Name }):
			d.fail(at, "Duplicate store", "The store %q is there already.", s.Name)
		}
		a, _ := d.content(b.Body, []string{"url"})
		d.need(a, b, "url", "Write file:///folder, s3://bucket or gs://bucket.")
		if d.value(a, "url", &s.URL) {
			d.storeURL(a["url"].Expr.Range(), s.Name, s.URL)
		}
		r.Backup.Stores = append(r.Backup.Stores, s)
	}
}

// storeURL checks a store's URL. A mistake is told without the line that has it, which may hold a secret.
func (d *decoder) storeURL(at hcl.Range, name, text string) {
	fail := func(summary, detail string, args ...any) {
		where := fmt.Sprintf("The URL of store %q on line %d of %s: ", name, at.Start.Line, at.Filename)
		d.outside(summary, "%s", where+fmt.Sprintf(detail, args...))
	}
	u, err := url.Parse(text)
	if err != nil {
		fail("Not a URL", "write file:///folder, s3://bucket or gs://bucket.")
		return
	}
	known, ok := storeParameters[u.Scheme]
	query, err := url.ParseQuery(u.RawQuery)
	switch {
	case u.User != nil:
		fail("Credentials in a URL", "a configuration and its plan are shown to many. Give credentials in the environment, such as AWS_ACCESS_KEY_ID or GOOGLE_APPLICATION_CREDENTIALS, or where the store's own tools have them.")
	case !ok:
		fail("Unknown kind of store", "%q is none. Write file:///folder, s3://bucket or gs://bucket.", u.Scheme)
	case err != nil:
		fail("Not a URL", "the parameters after the question mark can't be read. Write them as name=value, joined by &.")
	case u.Scheme == "file" && (u.Host != "" || !path.IsAbs(u.Path)):
		fail("Not a folder", "a folder is written with three slashes and its absolute path: file:///var/backups/aurora.")
	case u.Scheme != "file" && (u.Host == "" || strings.Trim(u.Path, "/") != ""):
		fail("Not a bucket", "write %s://bucket, and where the backups lie deeper, ?prefix=folder/ after it.", u.Scheme)
	}
	for _, p := range slices.Sorted(maps.Keys(query)) {
		if ok && p != "prefix" && !slices.Contains(known, p) {
			fail("Unknown parameter", "%s:// takes no %q, and credentials nowhere. Known: %s.", u.Scheme, p, strings.Join(append([]string{"prefix"}, known...), ", "))
		}
		if p == "endpoint" && strings.Contains(query.Get(p), "@") {
			fail("Credentials in a URL", "the endpoint holds some. Give them in the environment, or where the store's own tools have them.")
		}
	}
}
