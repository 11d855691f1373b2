package scheduler

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
)

// users are those of a shiro.ini: passwords, and permissions by way of roles.
type users struct {
	passwords   map[string]string
	permissions map[string][]string
}

// readUsers reads the sections users and roles of a shiro.ini, which may be named as an URL with the scheme file.
func readUsers(file string) (*users, error) {
	f, err := os.Open(strings.TrimPrefix(file, "file:"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // Only read.
	u := &users{passwords: map[string]string{}, permissions: map[string][]string{}}
	roles, granted := map[string][]string{}, map[string][]string{}
	section := ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
			continue
		}
		name, value, _ := strings.Cut(line, "=")
		var parts []string
		for v := range strings.SplitSeq(value, ",") {
			parts = append(parts, strings.TrimSpace(v))
		}
		switch section {
		case "users":
			u.passwords[strings.TrimSpace(name)] = parts[0]
			roles[strings.TrimSpace(name)] = parts[1:]
		case "roles":
			granted[strings.TrimSpace(name)] = parts
		}
	}
	for user, of := range roles {
		for _, role := range of {
			u.permissions[user] = append(u.permissions[user], granted[role]...)
		}
	}
	return u, lines.Err()
}

// may says whether a user has the permission for a call.
func (u *users) may(user, domain, method string) bool {
	return slices.ContainsFunc(u.permissions[user], func(permission string) bool {
		d, m, _ := strings.Cut(permission, ":")
		return d == "*" || d == domain && (m == "" || m == "*" || m == method)
	})
}

// verdict is what authentication makes of a request.
type verdict struct {
	// status is an HTTP status to answer with; zero goes on. Answered says that it was sent already.
	status   int
	answered bool
	user     string
}

// authenticate looks at a request's credentials. Wrong ones are refused at once; a request without any goes on without a user.
func (p *process) authenticate(w http.ResponseWriter, r *http.Request) verdict {
	user, password, given := r.BasicAuth()
	switch p.flags.text("http_authentication_mechanism") {
	case "BASIC":
	case "NEGOTIATE":
		return p.negotiate(w, r)
	default:
		return verdict{}
	}
	if !given {
		return verdict{}
	}
	w.Header().Set("Set-Cookie", "rememberMe=deleteMe; Path=/; Max-Age=0")
	u, err := readUsers(p.flags.text("shiro_ini_path"))
	if want, known := u.password(user, err); !known || want != password {
		w.Header().Set("WWW-Authenticate", `BASIC realm="Apache Aurora Scheduler"`)
		return verdict{status: http.StatusUnauthorized}
	}
	return verdict{user: user}
}

func (u *users) password(user string, unread error) (string, bool) {
	if unread != nil {
		return "", false
	}
	want, known := u.passwords[user]
	return want, known
}

// authorize says what answers a call that its caller may not make: nil lets it through.
func (p *process) authorize(v verdict, m method, name string) any {
	if !slices.Contains([]string{"BASIC", "NEGOTIATE"}, p.flags.text("http_authentication_mechanism")) || m.domain == readOnly {
		return nil
	}
	if v.user == "" {
		return &exception{Message: "Internal error processing " + name, Type: internalError}
	}
	u, err := readUsers(p.flags.text("shiro_ini_path"))
	if err == nil && u.may(v.user, m.domain, name) {
		return nil
	}
	return &response{Code: 4, Details: []detail{{fmt.Sprintf("Subject %s lacks permission UnscopedRpcPermission{domain=%s, rpc=%s}", v.user, m.domain, name)}}}
}
