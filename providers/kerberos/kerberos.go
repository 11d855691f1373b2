// Package kerberos proves to schedulers who calls them, by SPNEGO (RFC 4559), with an operator's keytab or with what kinit(1) left in a
// credential cache. Keys and tickets stay in memory.
package kerberos

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/jcmturner/gokrb5/v8/client"
	krbconfig "github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/spnego"

	"github.com/restorectl/restorectl/config"
)

// Credentials are an operator's. They implement scheduler.Credentials, and can be used by several goroutines.
type Credentials struct {
	client  *client.Client
	service string
	// from names the file that they are from, for errors.
	from string
}

// Open reads the operator's files. The KDC is asked for a ticket when the first call is made.
func Open(k config.Kerberos) (*Credentials, error) {
	conf, err := krbconfig.Load(k.Config)
	if unsupported := (krbconfig.UnsupportedDirective{}); err != nil && !errors.As(err, &unsupported) {
		return nil, fmt.Errorf("admin.kerberos: %s can't be understood: %w", k.Config, err)
	}
	if k.Keytab != "" {
		return openKeytab(k, conf)
	}
	// Not every KDC speaks FAST.
	c, err := whole(func() (*client.Client, error) {
		cache, err := credentials.LoadCCache(k.CCache)
		if err != nil {
			return nil, err
		}
		return client.NewFromCCache(cache, conf, client.DisablePAFXFAST(true))
	})
	if err != nil {
		return nil, fmt.Errorf("admin.kerberos: the credential cache %s is of no use: %w; run kinit -c %s", k.CCache, err, k.CCache)
	}
	return &Credentials{client: c, service: k.Service, from: k.CCache}, nil
}

func openKeytab(k config.Kerberos, conf *krbconfig.Config) (*Credentials, error) {
	keys, err := whole(func() (*keytab.Keytab, error) { return keytab.Load(k.Keytab) })
	if err != nil {
		return nil, fmt.Errorf("admin.kerberos: the keytab %s can't be read: %w", k.Keytab, err)
	}
	name, realm, _ := strings.Cut(k.Principal, "@")
	c := client.NewWithKeytab(name, realm, keys, conf, client.DisablePAFXFAST(true))
	return &Credentials{client: c, service: k.Service, from: k.Keytab}, nil
}

// whole reads a file with the library, which panics at some that end too early.
func whole[T any](read func() (T, error)) (v T, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it is damaged, or cut off")
		}
	}()
	return read()
}

// Authorize puts a new proof for the service into a request.
func (c *Credentials) Authorize(req *http.Request, service string) error {
	if c.service != "" {
		service = c.service
	}
	if service == "" {
		return errors.New("the scheduler has no -kerberos_server_principal, so it is not known for which service to ask the KDC: name it as admin.kerberos.service")
	}
	if err := spnego.SetSPNEGOHeader(c.client, req, service); err != nil {
		return fmt.Errorf("no Kerberos ticket for %s with %s: %w", service, c.from, err)
	}
	return nil
}
