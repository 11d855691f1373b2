package scheduler

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/restorectl/restorectl/providers/aurora"
	"github.com/restorectl/restorectl/providers/sandbox/netfilter"
)

// bypassHeader, whatever its value, skips the redirect to the leader.
const bypassHeader = "Bypass-Leader-Redirect" //nolint:gosec // No password: the name of a header.

// maxRequest bounds a call, in bytes.
const maxRequest = 64 << 20

// serve opens the HTTP port.
func (p *process) serve() error {
	address := net.JoinHostPort(p.flags.text("ip"), strconv.Itoa(p.flags.number("http_port")))
	l, err := (&net.ListenConfig{}).Listen(p.life, "tcp", address)
	if err != nil {
		return err
	}
	p.listener = l
	mux := http.NewServeMux()
	mux.HandleFunc("/vars", p.serveVars)
	mux.HandleFunc("/vars.json", p.serveVarsJSON)
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "OK\n") })
	mux.HandleFunc("/leaderhealth", p.serveLeaderHealth)
	mux.HandleFunc("/api", p.serveAPI)
	for _, path := range []string{"/quitquitquit", "/abortabortabort"} {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, _ *http.Request) {
			say(w, http.StatusOK, "")
			p.background(func() { p.shutdown("Shutdown was asked for on " + path) })
		})
	}
	p.server = &http.Server{
		ReadHeaderTimeout: time.Minute, BaseContext: func(net.Listener) context.Context { return p.life },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Server", "Jetty(9.3.11.v20160721)")
			mux.ServeHTTP(w, r)
		}),
	}
	p.out.info("HttpServerLauncher STARTING", "AbstractConnector", "Started ServerConnector{HTTP/1.1,[http/1.1]}{%s}", l.Addr())
	p.background(func() { _ = p.server.Serve(netfilter.Wrap(l, p.around.filter)) }) // It ends when the scheduler does.
	return nil
}

// port is the HTTP port, known only now where the flag leaves it to the system.
func (p *process) port() int {
	if a, ok := p.listener.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return p.flags.number("http_port")
}

// say answers with a text. Who has gone does not hear it.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain;charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func (p *process) serveLeaderHealth(w http.ResponseWriter, _ *http.Request) {
	status, text := http.StatusBadGateway, "There is no leading scheduler or the leader is unknown."
	switch leader := p.advertised(); {
	case leader == p.self():
		status, text = http.StatusOK, "This is the leading scheduler."
	case leader != "":
		status, text = http.StatusServiceUnavailable, "Another instance is the leading scheduler."
	}
	say(w, status, "\nCurrent status: "+text+`

This endpoint can indicate to a load balancer which among a group of schedulers is leading.

The response codes are:
200: This is the leading scheduler.
503: Another instance is the leading scheduler.
502: There is no leading scheduler or the leader is unknown.`)
}

// noLeader is the page of a scheduler that knows no leader.
const noLeader = `<!doctype html>
<html lang='en'>
<head><meta charset='utf-8'><title>Aurora</title></head>
<body>
<div class='container-fluid'>
    <h2>No Leader Found</h2>

    <p>It appears that the scheduler is failing over. This is routine behavior that should last no more than a few minutes.</p>
</div>
</body>
</html>
`

// redirected answers a request that another scheduler, or none, must answer.
func (p *process) redirected(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get(bypassHeader) != "" {
		p.out.info("qtp", "LeaderRedirectFilter", "Bypass-Leader-Redirect header was present on the request, bypassing leader redirection.")
		return false
	}
	switch leader := p.advertised(); leader {
	case p.self():
		return false
	case "":
		p.out.warn("qtp", "LeaderRedirect", "No serviceGroupMonitor in host set, will not redirect despite not being leader.")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, noLeader) // Who has gone does not hear it.
	default:
		w.Header().Set("Location", "http://"+leader+r.URL.RequestURI())
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	return true
}

// protocol is the one that a header names; false where it is none of Aurora's.
func protocol(header string) (wire, bool) {
	switch header {
	case binary.contentType:
		return binary, true
	case "", "*/*", tjson.contentType, "application/x-thrift", "application/json":
		return tjson, true
	}
	return tjson, false
}

func (p *process) serveAPI(w http.ResponseWriter, r *http.Request) {
	if p.redirected(w, r) {
		return
	}
	who := p.authenticate(w, r)
	if who.status != 0 {
		if !who.answered {
			w.WriteHeader(who.status)
		}
		return
	}
	in, known := protocol(r.Header.Get("Content-Type"))
	if !known {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	out, _ := protocol(r.Header.Get("Accept"))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c, err := readCall(r.Context(), in, body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	answer, err := writeReply(r.Context(), out, c, p.handle(r.Context(), who, c))
	if err != nil {
		p.out.warn("qtp", "TServlet", "%v", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", out.contentType)
	_, _ = w.Write(answer) // Who has gone does not hear it.
}

// handle makes a call and gives its answer: a *response or an *exception.
func (p *process) handle(ctx context.Context, who verdict, c *call) any {
	m, known := methods()[c.method]
	if !known {
		return &exception{Message: "Invalid method name: '" + c.method + "'", Type: unknownMethod}
	}
	arguments := m.arguments()
	if err := aurora.Decode(ctx, c.in, arguments); err != nil {
		return &exception{Message: err.Error(), Type: internalError}
	}
	p.out.info("qtp", "LoggingInterceptor", "%s()", c.method)
	if refused := p.authorize(who, m, c.method); refused != nil {
		return refused
	}
	answer := p.answer(m, arguments)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.responses[answer.Code]++
	return answer
}
