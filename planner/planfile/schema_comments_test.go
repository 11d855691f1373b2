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

// comments are what the source says of types ("planner.Host") and of their fields ("planner.Host.Name"), and the values of constants by the
// name of their type.
type comments struct {
	texts     map[string]string
	constants map[string][]string
}

// read reads the comments of the packages in folders.
func read(folders ...string) (*comments, error) {
	c := &comments{map[string]string{}, map[string][]string{}}
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
				c.constants[pkg+"."+of.Name] = append(c.constants[pkg+"."+of.Name], text)
			}
		}
	}
}

// of gives what is said, in one line, with the names that things have in JSON.
func (c *comments) of(name string, json map[string]string) string {
	text := strings.Join(strings.Fields(c.texts[name]), " ")
	return regexp.MustCompile(`\w+`).ReplaceAllStringFunc(text, func(word string) string {
		if written, ok := json[word]; ok {
			return written
		}
		return word
	})
}
