package netfilter

import (
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
