package expr_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/markup"
)

const schemaFile = "../../docs/schema/condition.schema.json"

func TestPublishedSchemaIsFresh(t *testing.T) { golden(t, schemaFile, string(expr.Schema())) }

// schema compiles the schema of conditions.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(expr.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("condition.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("condition.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate asks the schema about a document.
func validate(t *testing.T, s *jsonschema.Schema, n *markup.Node) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(markup.AppendJSON(nil, n)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestSchemaTakesWhatTheParserTakes(t *testing.T) {
	s := schema(t)
	for _, c := range listed(t, "testdata/conditions.good.yaml") {
		if err := validate(t, s, c); err != nil {
			t.Errorf("line %d: the schema refuses what the parser takes: %v", c.Line, err)
		}
		n, err := expr.ParseNode(c, "", expr.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, s, expr.ToMarkup(expr.Normalize(n))); err != nil {
			t.Errorf("line %d: the schema refuses the canonical form: %v", c.Line, err)
		}
	}
}

func TestSchemaTakesRandomTrees(t *testing.T) {
	s := schema(t)
	rapid.Check(t, func(rt *rapid.T) {
		n := expr.ToMarkup(gen{rt}.node(2))
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(markup.AppendJSON(nil, n)))
		if err != nil {
			rt.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			rt.Fatalf("%s is refused by the schema: %v", markup.AppendJSON(nil, n), err)
		}
	})
}

func TestFaultsOfBadConditions(t *testing.T) {
	s := schema(t)
	var b strings.Builder
	left := 0
	conditions := listed(t, "testdata/conditions.bad.yaml")
	for _, c := range conditions {
		_, err := expr.ParseNode(c, "", expr.ParseOptions{Zone: shanghai})
		if err == nil {
			t.Errorf("line %d: %s was taken", c.Line, markup.AppendJSON(nil, c))
			continue
		}
		word := "refuses"
		if validate(t, s, c) == nil {
			word = "takes"
			left++
		}
		fmt.Fprintf(&b, "%s (the schema %s it)\n", markup.AppendJSON(nil, c), word)
		for _, e := range fault.All(err) {
			fmt.Fprintf(&b, "  %s %s\n    %s\n    %s\n", e.Code, e.Path, e.Text(fault.ZH), e.Text(fault.EN))
		}
	}
	golden(t, "testdata/faults.golden.txt", b.String())
	if left*4 > len(conditions) {
		t.Errorf("the schema takes %d of %d bad conditions; what a schema can say it should say", left, len(conditions))
	}
}
