package netfilter

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// text lists what was asked for, as nft prints it.
func (r *Ruleset) text(l listing) string {
	var b strings.Builder
	for _, t := range r.Tables {
		if l.table != "" && l.table != t.Name {
			continue
		}
		if l.what == "tables" {
			fmt.Fprintf(&b, "table inet %s\n", t.Name)
			continue
		}
		fmt.Fprintf(&b, "table inet %s {\n", t.Name)
		first := true
		for _, c := range t.Chains {
			if l.chain != "" && l.chain != c.Name {
				continue
			}
			if !first {
				b.WriteString("\n")
			}
			first = false
			c.text(&b)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func (c *Chain) text(b *strings.Builder) {
	fmt.Fprintf(b, "\tchain %s {\n", c.Name)
	if c.Hook != "" {
		fmt.Fprintf(b, "\t\ttype %s hook %s priority %s; policy %s;\n", c.Type, c.Hook, priorityText(c.Priority), c.Policy)
	}
	for i := range c.Rules {
		fmt.Fprintf(b, "\t\t%s\n", c.Rules[i].text())
	}
	b.WriteString("\t}\n")
}

// priorityText is a priority as nft lists it: one within 10 of a name by that name.
func priorityText(n int) string {
	for _, p := range priorities {
		switch d := n - p.value; {
		case d == 0:
			return p.name
		case d > 0 && d <= 10:
			return fmt.Sprintf("%s + %d", p.name, d)
		case d < 0 && d >= -10:
			return fmt.Sprintf("%s - %d", p.name, -d)
		}
	}
	return strconv.Itoa(n)
}

func (r *Rule) text() string {
	var words []string
	for _, m := range r.Matches {
		words = append(words, m.Field)
		if m.Not {
			words = append(words, "!=")
		}
		values := make([]string, len(m.Values))
		for i, v := range m.Values {
			if values[i] = v; m.Field == "iif" || m.Field == "iifname" {
				values[i] = `"` + v + `"`
			}
		}
		switch {
		case m.Set:
			words = append(words, "{ "+strings.Join(values, ", ")+" }")
		default:
			words = append(words, strings.Join(values, ","))
		}
	}
	if r.Counter {
		words = append(words, "counter packets 0 bytes 0")
	}
	if r.Verdict != "" {
		words = append(words, string(r.Verdict))
	}
	if r.Reset {
		words = append(words, "with tcp reset")
	}
	if r.Comment != "" {
		words = append(words, `comment "`+r.Comment+`"`)
	}
	return strings.Join(words, " ")
}

type object = map[string]any

// json lists what was asked for, as nft -j prints it (libnftables-json(5)).
func (r *Ruleset) json(l listing) (string, error) {
	all := []any{object{"metainfo": object{"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}}
	handle := 0
	number := func() int { handle++; return handle }
	for _, t := range r.Tables {
		if l.table != "" && l.table != t.Name {
			continue
		}
		all = append(all, object{"table": object{"family": "inet", "name": t.Name, "handle": number()}})
		if l.what == "tables" {
			continue
		}
		var rules []any
		for _, c := range t.Chains {
			if l.chain != "" && l.chain != c.Name {
				continue
			}
			o := object{"family": "inet", "table": t.Name, "name": c.Name, "handle": number()}
			if c.Hook != "" {
				o["type"], o["hook"], o["prio"], o["policy"] = c.Type, c.Hook, c.Priority, c.Policy
			}
			all = append(all, object{"chain": o})
			for i := range c.Rules {
				rule := object{"family": "inet", "table": t.Name, "chain": c.Name, "handle": number(), "expr": c.Rules[i].expressions()}
				if c.Rules[i].Comment != "" {
					rule["comment"] = c.Rules[i].Comment
				}
				rules = append(rules, object{"rule": rule})
			}
		}
		all = append(all, rules...)
	}
	text, err := json.Marshal(object{"nftables": all})
	if err != nil {
		return "", fmt.Errorf("the rules can't be written as JSON: %w", err)
	}
	return string(text) + "\n", nil
}

func (r *Rule) expressions() []any {
	list := []any{}
	for _, m := range r.Matches {
		list = append(list, object{"match": m.expression()})
	}
	if r.Counter {
		list = append(list, object{"counter": object{"packets": 0, "bytes": 0}})
	}
	switch {
	case r.Reset:
		list = append(list, object{"reject": object{"type": "tcp reset"}})
	case r.Verdict != "":
		list = append(list, object{string(r.Verdict): nil})
	}
	return list
}

func (m *Match) expression() object {
	protocol, key, payload := strings.Cut(m.Field, " ")
	left := object{"meta": object{"key": m.Field}}
	switch {
	case protocol == "ct":
		left = object{"ct": object{"key": key}}
	case payload:
		left = object{"payload": object{"protocol": protocol, "field": key}}
	}
	values := make([]any, len(m.Values))
	for i, v := range m.Values {
		values[i] = jsonValue(m.Field, v)
	}
	op := "=="
	switch {
	case m.Not:
		op = "!="
	case protocol == "ct":
		op = "in"
	}
	var right any = values
	switch {
	case m.Set:
		right = object{"set": values}
	case len(values) == 1:
		right = values[0]
	}
	return object{"op": op, "left": left, "right": right}
}

func jsonValue(field, v string) any {
	if n, err := strconv.Atoi(v); err == nil && field == "tcp dport" {
		return n
	}
	if p, err := parsePrefix(v); err == nil && strings.Contains(v, "/") {
		return object{"prefix": object{"addr": p.Addr().String(), "len": p.Bits()}}
	}
	return v
}
