package rule_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/earmarkhq/earmark/internal/markup"
	"github.com/earmarkhq/earmark/internal/rule"
)

func TestPublishedDocumentSchemaIsFresh(t *testing.T) {
	golden(t, "../../docs/schema/rules.schema.json", string(rule.DocumentSchema()))
}

func TestDocumentSchemaAgreesWithTheReader(t *testing.T) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(rule.DocumentSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("rules.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("rules.json")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(file string) error {
		root, err := markup.Read(read(t, file), markup.Auto)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(markup.AppendJSON(nil, root)))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(doc)
	}
	for _, file := range append(documents(t, "*.good.yaml"), documents(t, "*.good.json")...) {
		if err := validate(file); err != nil {
			t.Errorf("%s: the schema refuses what the reader takes: %v", filepath.Base(file), err)
		}
	}
	if err := validate("../sample/rules.yaml"); err != nil {
		t.Errorf("the shipped rules: %v", err)
	}
	for _, name := range []string{"faults", "not-a-document"} {
		if validate("testdata/document/"+name+".bad.yaml") == nil {
			t.Errorf("the schema takes %s.bad.yaml", name)
		}
	}
}

func TestShippedRulesAreTaken(t *testing.T) {
	if _, err := rule.ReadDocument(read(t, "../sample/rules.yaml"), rule.DocumentOptions{}); err != nil {
		t.Error(err)
	}
}
