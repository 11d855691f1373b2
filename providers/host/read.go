package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// ErrNotRegular says that something else than a file with content stands at a path.
var ErrNotRegular = errors.New("not a regular file")

func notRegular(h Host, name string, info FileInfo) error {
	return fmt.Errorf("%s on %s is %w but %s", name, h.Name(), ErrNotRegular, info.Mode)
}

// ReadFile reads a file whole, up to 16 MiB, through symbolic links. What is no file is ErrNotRegular.
func ReadFile(ctx context.Context, h Host, name string) ([]byte, FileInfo, error) {
	info, err := Stat(ctx, h, name)
	if err != nil {
		return nil, FileInfo{}, err
	}
	if !info.Mode.IsRegular() {
		return nil, info, notRegular(h, name, info)
	}
	content, err := fileCommand(ctx, h, name, "cat", "--", name)
	if err != nil {
		return nil, info, err
	}
	info.Size = int64(len(content))
	return content, info, nil
}

// Digest is the SHA-256 of a file on the host, in lower-case hex.
func Digest(ctx context.Context, h Host, name string) (string, error) {
	// A leading backslash marks a name that was escaped.
	out, err := fileCommand(ctx, h, name, "sha256sum", "--", name)
	if err != nil {
		return "", err
	}
	digest, _, _ := strings.Cut(strings.TrimPrefix(string(out), `\`), " ")
	if len(digest) != hex.EncodedLen(sha256.Size) {
		return "", fmt.Errorf("sha256sum of %s on %s printed %q", name, h.Name(), out)
	}
	return digest, nil
}

// CheckDigest is an error where the SHA-256 of a file on the host is another one.
func CheckDigest(ctx context.Context, h Host, name, digest string) error {
	got, err := Digest(ctx, h, name)
	if err == nil && got != digest {
		err = otherDigest(h, name, got, digest)
	}
	return err
}

func otherDigest(h Host, name, got, want string) error {
	return fmt.Errorf("%s on %s has the SHA-256 %s, not %s as expected", name, h.Name(), got, want)
}

// DigestOf is the SHA-256 of content, in lower-case hex.
func DigestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Fetch copies a file from the host to w, and returns the SHA-256 of what was written. Where digest is not empty, another
// content is an error.
func Fetch(ctx context.Context, h Host, name string, w io.Writer, digest string) (string, error) {
	info, err := Stat(ctx, h, name)
	if err != nil {
		return "", err
	}
	if !info.Mode.IsRegular() {
		return "", notRegular(h, name, info)
	}
	sum := sha256.New()
	c := fileRun("cat", "--", name)
	c.Stdout = io.MultiWriter(w, sum)
	if _, err := h.Run(ctx, c); err != nil {
		return "", Missing(name, err)
	}
	got := hex.EncodeToString(sum.Sum(nil))
	if digest != "" && got != digest {
		return got, otherDigest(h, name, got, digest)
	}
	return got, nil
}

// Exists says whether anything stands at a path, a dangling link included.
func Exists(ctx context.Context, h Host, name string) (bool, error) {
	_, err := Lstat(ctx, h, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
