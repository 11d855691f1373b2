package scheduler

import (
	"net/http"
	"strings"

	"github.com/jcmturner/goidentity/v6"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/service"
	"github.com/jcmturner/gokrb5/v8/spnego"
)

// negotiate lets in who has a ticket for this scheduler, as name@REALM. Without one the answer is 401 and what to bring.
func (p *process) negotiate(w http.ResponseWriter, r *http.Request) verdict {
	refused := verdict{status: http.StatusUnauthorized, answered: true}
	keys, err := keytab.Load(p.flags.text("kerberos_server_keytab"))
	if err != nil {
		p.out.warn("qtp", "Krb5AuthenticationFilter", "%v", err)
		w.Header().Set("WWW-Authenticate", "Negotiate")
		w.WriteHeader(refused.status)
		return refused
	}
	name, _, _ := strings.Cut(p.flags.text("kerberos_server_principal"), "@")
	admitted := refused
	inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		who := goidentity.FromHTTPRequestContext(r)
		admitted = verdict{user: who.UserName() + "@" + who.Domain()}
	})
	spnego.SPNEGOKRB5Authenticate(inner, keys, service.KeytabPrincipal(name), service.DecodePAC(false)).ServeHTTP(w, r)
	return admitted
}
