package httpapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/httpapi"
)

var update = flag.Bool("update", false, "write docs/openapi.json")

const openAPIFile = "../../docs/openapi.json"

// The committed description is what the types say; a change of the API is seen in the diff.
func TestOpenAPIIsTheCommittedOne(t *testing.T) {
	raw, err := httpapi.OpenAPI("1")
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	if *update {
		if err := os.WriteFile(openAPIFile, indented.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, indented.Bytes()) {
		t.Error("docs/openapi.json is stale: go test ./internal/httpapi -run OpenAPI -update")
	}
}

// Every operation names the role it asks for, has an id and a summary, and stays under /api/v1.
func TestEveryOperationIsWhole(t *testing.T) {
	raw, err := httpapi.OpenAPI("1")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Summary     string
			Security    []map[string][]string
			Parameters  []struct{ Name, In string }
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi %s", doc.OpenAPI)
	}
	operations := 0
	inPath := regexp.MustCompile(`\{([a-z]+)\}`)
	for path, methods := range doc.Paths {
		for method, op := range methods {
			operations++
			for _, param := range inPath.FindAllStringSubmatch(path, -1) {
				if !slices.ContainsFunc(op.Parameters, func(p struct{ Name, In string }) bool { return p.In == "path" && p.Name == param[1] }) {
					t.Errorf("%s %s: {%s} is not described", method, path, param[1])
				}
			}
			role := ""
			if len(op.Security) == 1 && len(op.Security[0]["key"]) == 1 {
				role = op.Security[0]["key"][0]
			}
			if !strings.HasPrefix(path, "/api/v1/") || op.OperationID == "" || op.Summary == "" || role == "" || op.Responses["default"] == nil {
				t.Errorf("%s %s: id %q, summary %q, role %q, responses %v", method, path, op.OperationID, op.Summary, role, op.Responses)
			}
		}
	}
	if operations < 40 {
		t.Errorf("only %d operations", operations)
	}
}
