package planfile_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// comments are what the source says of types ("planner.Host") and of their fields ("planner.Host.Name"), and by the name of their type the
// values of constants, and what is said of those; named are the values by the names of the constants.
type comments struct {
	texts     map[string]string
	constants map[string][]string
	meanings  map[string][]string
	named     map[string]string
}

// read reads the comments of the packages in folders.
func read(folders ...string) (*comments, error) {
	c := &comments{map[string]string{}, map[string][]string{}, map[string][]string{}, map[string]string{}}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			return nil, fs.ErrNotExist
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			for _, d := range f.Decls {
				if g, ok := d.(*ast.GenDecl); ok {
					c.declaration(f.Name.Name, g)
				}
			}
		}
	}
	return c, nil
}

func (c *comments) declaration(pkg string, d *ast.GenDecl) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			name := pkg + "." + s.Name.Name
			c.texts[name] = d.Doc.Text()
			if st, ok := s.Type.(*ast.StructType); ok {
				c.structure(name, st)
			}
		case *ast.ValueSpec:
			c.constant(pkg, s)
		}
	}
}

// structure notes what is said of fields. One without a comment is told by the last comment before it that names it.
func (c *comments) structure(name string, st *ast.StructType) {
	var before []string
	for _, f := range st.Fields.List {
		if f.Doc != nil {
			before = append(before, f.Doc.Text())
		}
		for _, n := range f.Names {
			names := regexp.MustCompile(`\b` + n.Name + `\b`)
			for _, text := range before {
				if f.Doc != nil || names.MatchString(text) {
					c.texts[name+"."+n.Name] = text
				}
			}
		}
	}
}

func (c *comments) constant(pkg string, s *ast.ValueSpec) {
	of, ok := s.Type.(*ast.Ident)
	if !ok {
		return
	}
	for _, v := range s.Values {
		if l, ok := v.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil {
				name := pkg + "." + of.Name
				c.constants[name] = append(c.constants[name], text)
				c.named[s.Names[0].Name] = text
				if _, said, ok := strings.Cut(strings.Join(strings.Fields(s.Doc.Text()), " "), s.Names[0].Name+" "); ok {
					c.meanings[name] = append(c.meanings[name], strconv.Quote(text)+" "+said)
				}
			}
		}
	}
}

// of gives what is said, in one line, with the names that things have in JSON.
func (c *comments) of(name string, json map[string]string) string {
	return c.translated(strings.Join(strings.Fields(c.texts[name]), " "), json)
}

// meaning gives what is said of the values of a type.
func (c *comments) meaning(name string) string {
	return c.translated(strings.Join(c.meanings[name], " "), nil)
}

func (c *comments) translated(text string, json map[string]string) string {
	return regexp.MustCompile(`\w+`).ReplaceAllStringFunc(text, func(word string) string {
		if written, ok := json[word]; ok {
			return written
		}
		if value, ok := c.named[word]; ok {
			return strconv.Quote(value)
		}
		return word
	})
}
