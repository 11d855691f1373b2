package flags

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// flagWord is how a flag begins. Everything else on the command line, such as options of the JVM, is not the scheduler's.
var flagWord = regexp.MustCompile(`^-([a-z][a-z0-9_]*)=`)

// scriptText is where a flag stands that no setting can change.
const scriptText = "start script"

// flag is one flag as the scheduler will get it.
type flag struct {
	name, value string
	// variable is the settings' variable that holds it: as its whole value, or, where listed, as one word among others.
	variable string
	listed   bool
	// element is its place where it is one word of an array.
	element *spot
}

// layout is what a start script and a settings file make of a scheduler's command line.
type layout struct {
	settings []byte
	// assigned are the assignments of the settings file, in order.
	assigned []*syntax.Assign
	flags    []flag
	// list is the variable whose words the script hands on unquoted, empty where there is none: the place for further flags.
	list string
	// array is the array whose elements the script hands on, empty where there is none: the place for further flags before list.
	array string
	// arrays are the elements of the settings' arrays, in order.
	arrays map[string][]element
}

// shell follows a script as far as a scheduler's flags need it: assignments, sourced settings, and the command that ends up as
// the scheduler. What it can't foresee, such as an assignment under a condition, makes the variable unsure.
type shell struct {
	settingsPath string
	settings     *syntax.File
	layout       layout

	vars   variables
	unsure map[string]string
	// sourced says that the script reads the settings, sourcing that they are being followed now.
	sourced, sourcing bool
	// others are the files that the script sources besides the settings.
	others []string
	found  bool
}

// read finds out which flags the script gives to the scheduler when it reads these settings. The path is that of the settings as
// the script names them.
func read(script, settings []byte, settingsPath string) (*layout, error) {
	start, err := parse(shellOf(script), "the start script")
	if err != nil {
		return nil, err
	}
	set, err := parse(settings, settingsPath)
	if err != nil {
		return nil, err
	}
	s := &shell{
		settingsPath: settingsPath, settings: set, layout: layout{settings: settings, arrays: map[string][]element{}},
		vars: variables{}, unsure: map[string]string{},
	}
	if err := s.statements(start.Stmts, "the start script", false); err != nil {
		return nil, err
	}
	switch {
	case !s.sourced && len(s.others) > 0:
		return nil, fmt.Errorf("the start script does not read %s but %s: name that as settings", settingsPath, s.others[0])
	case !s.sourced:
		return nil, fmt.Errorf("the start script does not read %s", settingsPath)
	case !s.found:
		return nil, fmt.Errorf("the start script holds no command with a scheduler's flags")
	}
	return &s.layout, once(s.layout.flags)
}

func parse(text []byte, name string) (*syntax.File, error) {
	f, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(text), name)
	if err != nil {
		return nil, fmt.Errorf("it can't be read as a shell script: %w", err)
	}
	return f, nil
}

func (f *flag) where() string {
	if f.variable == "" {
		return scriptText
	}
	return f.variable
}

// statements follows statements; those under a condition may run or not.
func (s *shell) statements(list []*syntax.Stmt, file string, maybe bool) error {
	for _, stmt := range list {
		if err := s.statement(stmt.Cmd, file, maybe); err != nil {
			return err
		}
	}
	return nil
}

func (s *shell) statement(cmd syntax.Command, file string, maybe bool) error {
	switch cmd := cmd.(type) {
	case nil:
		return nil
	case *syntax.CallExpr:
		return s.call(cmd, file, maybe)
	case *syntax.DeclClause:
		return s.assign(cmd.Args, file, maybe)
	case *syntax.Block:
		return s.statements(cmd.Stmts, file, maybe)
	}
	// A condition, a loop, a function: whatever it runs it may run or not.
	var err error
	syntax.Walk(cmd, func(n syntax.Node) bool {
		if err != nil {
			return false
		}
		switch n := n.(type) {
		case *syntax.CallExpr:
			err = s.call(n, file, true)
			return false
		case *syntax.DeclClause:
			err = s.assign(n.Args, file, true)
			return false
		}
		return true
	})
	return err
}

func (s *shell) call(c *syntax.CallExpr, file string, maybe bool) error {
	if len(c.Args) == 0 {
		return s.assign(c.Assigns, file, maybe)
	}
	switch name := c.Args[0].Lit(); {
	case (name == "source" || name == ".") && len(c.Args) > 1:
		return s.source(c.Args[1])
	case name == ":":
		return s.defaults(c.Args[1:], file, maybe)
	case name == "unset", name == "read":
		for _, w := range c.Args[1:] {
			s.unsure[w.Lit()] = at(w, file) + ": " + name + " changes it there"
		}
		return nil
	}
	if s.found || !slices.ContainsFunc(c.Args, s.givesFlags) {
		return nil
	}
	s.found = true
	return s.scheduler(c.Args)
}

// defaults follows the ${NAME:=default} in the words of a command that does nothing itself.
func (s *shell) defaults(words []*syntax.Word, file string, maybe bool) error {
	for _, w := range words {
		reason := s.doubt(w)
		if maybe {
			reason = at(w, file) + ": it is set under a condition"
		}
		if reason == "" {
			if _, err := s.fields(w); err != nil {
				return err
			}
			continue
		}
		syntax.Walk(w, func(n syntax.Node) bool {
			if p, ok := n.(*syntax.ParamExp); ok && p.Exp != nil && (p.Exp.Op == syntax.AssignUnset || p.Exp.Op == syntax.AssignUnsetOrNull) {
				s.unsure[p.Param.Value] = reason
			}
			return true
		})
	}
	return nil
}

func at(n syntax.Node, file string) string { return fmt.Sprintf("%s, line %d", file, n.Pos().Line()) }

// source reads the settings where the script does.
func (s *shell) source(w *syntax.Word) error {
	words, err := s.fields(w)
	if err != nil || len(words) != 1 {
		return err
	}
	if path.Clean(words[0]) != path.Clean(s.settingsPath) {
		s.others = append(s.others, words[0])
		return nil
	}
	if s.sourcing {
		return fmt.Errorf("%s reads itself, without an end", s.settingsPath)
	}
	s.sourced, s.sourcing = true, true
	defer func() { s.sourcing = false }()
	return s.statements(s.settings.Stmts, s.settingsPath, false)
}

func (s *shell) assign(list []*syntax.Assign, file string, maybe bool) error {
	for _, a := range list {
		if a.Naked || a.Name == nil {
			continue
		}
		name := a.Name.Value
		if file == s.settingsPath {
			s.layout.assigned = append(s.layout.assigned, a)
		}
		if maybe {
			s.unsure[name] = at(a, file) + ": it is set under a condition"
			continue
		}
		if a.Index != nil {
			s.unsure[name] = at(a, file) + ": an element of an array is set"
			continue
		}
		if a.Array != nil {
			s.assignArray(a, file)
			continue
		}
		value := ""
		if a.Value != nil {
			if reason := s.doubt(a.Value); reason != "" {
				s.unsure[name] = reason
				continue
			}
			var err error
			if value, err = expand.Literal(s.config(), a.Value); err != nil {
				s.unsure[name] = at(a, file) + ": " + err.Error()
				continue
			}
		}
		if a.Append {
			value = s.vars[name].String() + value
		} else {
			delete(s.unsure, name)
		}
		s.vars[name] = expand.Variable{Set: true, Kind: expand.String, Str: value}
	}
	return nil
}

// doubt says why the value of a word can't be foreseen; empty where it can.
func (s *shell) doubt(w *syntax.Word) (reason string) {
	syntax.Walk(w, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ParamExp:
			if why, ok := s.unsure[n.Param.Value]; ok && reason == "" {
				reason = "$" + n.Param.Value + ": " + why
			}
		case *syntax.CmdSubst, *syntax.ProcSubst:
			reason = "a command's output is part of it"
		}
		return true
	})
	return reason
}

func (s *shell) fields(w *syntax.Word) ([]string, error) { return expand.Fields(s.config(), w) }

// config expands words without touching files or running commands.
func (s *shell) config() *expand.Config { return &expand.Config{Env: s.vars} }

// variables are those of the shell; assignments inside expansions are kept.
type variables map[string]expand.Variable

// Get gives a variable's value.
func (v variables) Get(name string) expand.Variable { return v[name] }

// Each gives all variables.
func (v variables) Each(f func(string, expand.Variable) bool) {
	for name := range v {
		if !f(name, v.Get(name)) {
			return
		}
	}
}

// Set sets a variable.
func (v variables) Set(name string, value expand.Variable) error {
	v[name] = value
	return nil
}
