package flags

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// unitForm is a unit with all its files. The text that is read is that of the edited one.
type unitForm struct {
	// name is the unit's, host that of the machine: specifiers stand for them.
	name, host string
	// files are in the order in which they count.
	files  []unitFile
	edited int
}

// commandLine is the command line that the files of a unit make, all together.
type commandLine struct {
	form *unitForm
	// file is the one in which it stands, value its place there, words its words with the program.
	file  int
	value spot
	words []execWord
	flags []flag
	// loaded are the arguments as systemd has them when it has loaded the files: variables are still in them.
	loaded []string
}

func (f *unitForm) read(text []byte) (page, error) {
	g := *f
	g.files = slices.Clone(f.files)
	g.files[f.edited] = parseUnitFile(f.files[f.edited].path, text)
	return g.effective()
}

// effective finds the command line that counts: an assignment adds to those before it, an empty one takes them away.
func (f *unitForm) effective() (*commandLine, error) {
	var found []commandLine
	env := environment{values: map[string]string{}}
	for i := range f.files {
		u := &f.files[i]
		for _, e := range u.entries {
			if e.section != "Service" {
				continue
			}
			empty := skipBlanks(u.text, e.value.from, e.value.to) >= e.value.to
			switch {
			case e.key == "ExecStart" && empty:
				found = nil
			case e.key == "ExecStart":
				found = append(found, commandLine{form: f, file: i, value: e.value})
			case e.key == "Environment" && empty:
				env.values = map[string]string{}
			case e.key == "Environment":
				if err := env.set(f, u.text, e.value); err != nil {
					return nil, err
				}
			case e.key == "EnvironmentFile":
				env.more = !empty
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("the unit %s has no ExecStart=", f.name)
	case 1:
		c := &found[0]
		return c, c.parse(env)
	}
	return nil, fmt.Errorf("the unit %s has %d ExecStart= that count: which of them is the scheduler can't be told", f.name, len(found))
}

// parse takes the flags from the words.
func (c *commandLine) parse(env environment) error {
	var err error
	if c.words, err = execWords(c.form.files[c.file].text, c.value); err != nil {
		return err
	}
	program := strings.TrimLeft(c.words[0].text, "@-:+!|")
	prefix := c.words[0].text[:len(c.words[0].text)-len(program)]
	env.off = strings.Contains(prefix, ":")
	first := 0
	if strings.Contains(prefix, "@") {
		first = 1 // The word after the program is what it sees as its name.
	}
	for i, w := range c.words {
		if w.text == ";" {
			return fmt.Errorf("ExecStart= of %s runs several commands", c.form.name)
		}
		text := w.text
		if i == 0 {
			text = program
		}
		named, doubt := c.form.specifiers(text)
		if i >= first {
			c.loaded = append(c.loaded, named)
		}
		if i == 0 {
			continue
		}
		texts, unknown := env.expand(named)
		if doubt == "" {
			doubt = unknown
		}
		if doubt != "" && (flagWord.MatchString(text) || strings.HasPrefix(text, "$")) {
			return fmt.Errorf("the flags can't be told for sure: %s in %s", doubt, c.form.files[c.file].path)
		}
		c.take(w, texts)
	}
	if len(c.flags) == 0 {
		return fmt.Errorf(`ExecStart= of %s gives no flags: where it runs the packages' start script, choose flags "debian" or "rpm"`, c.form.name)
	}
	return once(c.flags)
}

// take adds the flags that a word becomes.
func (c *commandLine) take(w execWord, texts []string) {
	for _, text := range texts {
		m := flagWord.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		f := flag{name: m[1], value: text[len(m[0]):], variable: "ExecStart in " + c.form.files[c.file].path}
		if !wholeVariable.MatchString(w.text) {
			f.element = &w.at
		}
		c.flags = append(c.flags, f)
	}
}

// specifiers puts in what %-words stand for, as far as that can be told from here.
func (f *unitForm) specifiers(text string) (named, doubt string) {
	full := strings.TrimSuffix(f.name, ".service")
	prefix, instance, _ := strings.Cut(full, "@")
	known := map[byte]string{'%': "%", 'n': f.name, 'N': full, 'p': prefix, 'i': instance, 'H': f.host}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		s, ok := known[text[i]]
		if !ok {
			doubt, s = fmt.Sprintf("what %%%c stands for", text[i]), text[i-1:i+1]
		}
		b.WriteString(s)
	}
	return b.String(), doubt
}

// environment are the variables of a unit.
type environment struct {
	values map[string]string
	// more says that others come from files, off that variables stand for themselves.
	more, off bool
}

// set reads Environment=.
func (e *environment) set(f *unitForm, text []byte, value spot) error {
	words, err := execWords(text, value)
	if err != nil {
		return err
	}
	for _, w := range words {
		if name, v, ok := strings.Cut(w.text, "="); ok {
			e.values[name], _ = f.specifiers(v)
		}
	}
	return nil
}

// wholeVariable matches a word that is a variable, which becomes any number of words; inVariable one in braces, and a doubled dollar.
var (
	wholeVariable = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)$`)
	inVariable    = regexp.MustCompile(`\$\$|\$\{[A-Za-z_][A-Za-z0-9_]*\}`)
)

// expand puts in the values of variables, as systemd does right before it starts the command.
func (e *environment) expand(text string) (texts []string, doubt string) {
	if e.off {
		return []string{text}, ""
	}
	get := func(name string) string {
		v, ok := e.values[name]
		if e.more {
			// A file wins over the unit.
			doubt = fmt.Sprintf("the value of $%s, which a file may set,", name)
		} else if !ok {
			return ""
		}
		return v
	}
	if m := wholeVariable.FindStringSubmatch(text); m != nil {
		return strings.Fields(get(m[1])), doubt
	}
	text = inVariable.ReplaceAllStringFunc(text, func(s string) string {
		if s == "$$" {
			return "$"
		}
		return get(s[2 : len(s)-1])
	})
	return []string{text}, doubt
}

func (c *commandLine) all() []flag { return c.flags }

func (c *commandLine) content() []byte { return c.form.files[c.form.edited].text }

// source is the text of the file in which the command line stands.
func (c *commandLine) source() []byte { return c.form.files[c.file].text }

func (c *commandLine) change(name string, value *string) ([]byte, error) {
	if value == nil {
		return c.put(name, "")
	}
	return c.put(name, execQuote("-"+name+"="+*value))
}

func (c *commandLine) bring(then page, name string) ([]byte, error) {
	was, ok := then.(*commandLine)
	if !ok {
		return nil, fmt.Errorf("the text before was of another form")
	}
	f, there := find(was, name)
	switch {
	case !there:
		return c.put(name, "")
	case f.element == nil:
		return c.change(name, &f.value)
	}
	return c.put(name, string(was.source()[f.element.from:f.element.to]))
}

// put gives the edited file's text with a flag's word set, or with none where word is empty.
func (c *commandLine) put(name, word string) ([]byte, error) {
	f, there := find(c, name)
	old := c.source()
	var text []byte
	switch {
	case !there && word == "":
		return c.content(), nil
	case there && f.element == nil:
		return nil, fmt.Errorf("the flag -%s comes into ExecStart= by way of a variable, which is more than an edit can follow", name)
	case there && word == "":
		text = c.drop(*f.element)
	case there:
		text = replace(old, *f.element, word)
	default:
		text = c.add(word)
	}
	if c.file == c.form.edited {
		return text, nil
	}
	return c.override(text[c.value.from : c.value.to+len(text)-len(old)]), nil
}

// add puts a word behind the last flag, on a line of its own where that has one.
func (c *commandLine) add(word string) []byte {
	text := c.source()
	last := c.words[len(c.words)-1].at
	for _, f := range c.flags {
		if f.element != nil {
			last = *f.element
		}
	}
	before := " "
	if indent, alone := indentation(text, last); alone {
		before = ` \` + eol(text) + indent
	}
	return replace(text, spot{last.to, last.to}, before+word)
}

// drop takes a word out, and what parts it from the word before it unless a comment stands there.
func (c *commandLine) drop(at spot) []byte {
	text := c.source()
	for i := 1; i < len(c.words); i++ {
		if from := c.words[i-1].at.to; c.words[i].at == at && len(bytes.Trim(text[from:at.from], " \t\r\n\\")) == 0 {
			at.from = from
		}
	}
	return replace(text, at, "")
}

// override gives the edited file with a command line in place of the one that counted.
func (c *commandLine) override(value []byte) []byte {
	out := bytes.Clone(c.content())
	end := eol(out)
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, end...)
	}
	out = append(out, "[Service]"+end+"ExecStart="+end+"ExecStart="...)
	return append(append(out, value...), end...)
}
