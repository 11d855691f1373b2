// Package store owns the places off the cluster where backups are kept: folders, S3-compatible stores and Google Cloud Storage. It lists
// what is there and streams it, and writes nothing. Credentials come from where the stores' own tools find them: the environment, their
// files, the machine's role.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcerrors"
	"gocloud.dev/gcp"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/planner"
)

// listPatience bounds the listing of a store. A backup is streamed for as long as that takes.
const listPatience = 2 * time.Minute

// ErrNone says that a store has no backup of a name.
var ErrNone = errors.New("the store has no such backup")

// List names the backups in a store with their sizes and when they were written: what lies right under the URL's prefix.
func List(ctx context.Context, s config.Store) ([]planner.BackupFile, error) {
	ctx, cancel := context.WithTimeout(ctx, listPatience)
	defer cancel()
	bucket, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	var files []planner.BackupFile
	for entries := bucket.List(&blob.ListOptions{Delimiter: "/"}); ; {
		o, err := entries.Next(ctx)
		if errors.Is(err, io.EOF) {
			return files, bucket.Close()
		}
		if err != nil {
			return nil, failed(s, "can't be listed", errors.Join(err, bucket.Close()))
		}
		// A name of nothing is the prefix itself, as some tools make folders.
		if !o.IsDir && o.Key != "" {
			files = append(files, planner.BackupFile{Name: o.Key, Size: o.Size, Modified: o.ModTime.UTC().Truncate(time.Second)})
		}
	}
}

// Read streams a backup from a store. A name that is not there is ErrNone.
func Read(ctx context.Context, s config.Store, name string) (io.ReadCloser, error) {
	bucket, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	r, err := bucket.NewReader(ctx, name, nil)
	if err != nil {
		err = errors.Join(err, bucket.Close())
		if gcerrors.Code(err) == gcerrors.NotFound {
			return nil, fmt.Errorf("%w: %s in store %q", ErrNone, name, s.Name)
		}
		return nil, failed(s, "does not give "+name, err)
	}
	return &stream{r, bucket}, nil
}

// stream is a backup that is being read. Closing it closes its bucket.
type stream struct {
	*blob.Reader
	bucket *blob.Bucket
}

// Close ends the reading.
func (s *stream) Close() error { return errors.Join(s.Reader.Close(), s.bucket.Close()) }

// open opens the bucket of a store's URL, which config has checked.
func open(ctx context.Context, s config.Store) (*blob.Bucket, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return nil, fmt.Errorf("the URL of store %q can't be read", s.Name)
	}
	query := u.Query()
	prefix := query.Get("prefix")
	query.Del("prefix")
	u.RawQuery = query.Encode()
	var bucket *blob.Bucket
	switch u.Scheme {
	case "file":
		bucket, err = fileblob.OpenBucket(u.Path, &fileblob.Options{Metadata: fileblob.MetadataDontWrite})
	case "s3":
		bucket, err = (&s3blob.URLOpener{}).OpenBucketURL(ctx, u)
	case "gs":
		bucket, err = openGoogle(ctx, u.Host, query.Get("anonymous") == "true")
	default:
		err = fmt.Errorf("there is no store of kind %q", u.Scheme)
	}
	if err != nil {
		return nil, failed(s, "can't be opened", err)
	}
	if prefix != "" {
		return blob.PrefixedBucket(bucket, prefix), nil
	}
	return bucket, nil
}

// openGoogle opens a bucket without the library's opener of URLs, which writes warnings on standard output. An emulator, which
// STORAGE_EMULATOR_HOST names, takes no credentials.
func openGoogle(ctx context.Context, name string, anonymous bool) (*blob.Bucket, error) {
	client := gcp.NewAnonymousHTTPClient(gcp.DefaultTransport())
	if !anonymous && os.Getenv("STORAGE_EMULATOR_HOST") == "" {
		credentials, err := gcp.DefaultCredentials(ctx)
		if err != nil {
			return nil, err
		}
		if client, err = gcp.NewHTTPClient(gcp.DefaultTransport(), gcp.CredentialsTokenSource(credentials)); err != nil {
			return nil, err
		}
	}
	return gcsblob.OpenBucket(ctx, client, name, nil)
}

// failed says which store failed. Its URL is not told: the configuration has it.
func failed(s config.Store, how string, err error) error {
	hint := ""
	if code := gcerrors.Code(err); code == gcerrors.PermissionDenied || strings.Contains(err.Error(), "credentials") {
		hint = " (credentials come from the environment, or from where the store's own tools have them)"
	}
	return fmt.Errorf("store %q %s%s: %w", s.Name, how, hint, err)
}
