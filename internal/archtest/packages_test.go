package archtest

import (
	"slices"
	"strings"
	"testing"
)

// row says which packages of the module a package may import outside its tests.
type row struct {
	pkg string
	may []string
}

// everything is the permission of what wires or measures the whole program.
const everything = "*"

// packageMap follows the flow of data: a package imports only rows above its own, and of those
// only the ones listed. Store implementations are imported by app alone (and bench, which
// measures them). A package that is not listed fails the test: put it where it belongs.
var packageMap = []row{
	{"clock", nil},
	{"fault", nil},

	// Nouns.
	{"value", []string{"fault"}},
	{"customer", []string{"fault"}},
	{"event", []string{"customer", "value", "fault"}},
	{"tag", []string{"customer", "event", "value", "fault"}},
	{"change", []string{"tag", "event", "customer", "value", "fault"}},

	// What people define. Nothing but tests imports the reference evaluator.
	{"markup", []string{"value", "fault"}},
	{"expr", []string{"markup", "tag", "event", "customer", "value", "fault"}},
	{"expr/reference", []string{"expr", "tag", "event", "customer", "value", "fault"}},
	{"expr/reference/random", []string{"expr/reference", "expr", "tag", "event", "customer", "value", "fault"}},
	{"rule", []string{"expr", "markup", "tag", "event", "customer", "value", "fault"}},
	{"catalog", []string{"rule", "expr", "tag", "event", "customer", "value", "clock", "fault"}},
	{"catalog/catalogtest", []string{"catalog", "rule", "expr", "tag", "event", "customer", "value", "clock", "fault"}},
	{"catalog/sqlite", []string{"catalog", "rule", "expr", "tag", "event", "customer", "value", "clock", "fault"}},
	{"definition", []string{"catalog", "rule", "expr", "markup", "tag", "event", "customer", "value", "clock", "fault"}},

	// What customers do.
	{"ledger", []string{"change", "tag", "event", "customer", "value", "fault"}},
	{"ledger/ledgertest", []string{"ledger", "change", "tag", "event", "customer", "value", "clock", "fault"}},
	{"ledger/memory", []string{"ledger", "change", "tag", "event", "customer", "value", "fault"}},
	{"ledger/pebble", []string{"ledger", "change", "tag", "event", "customer", "value", "clock", "fault"}},

	// The engine and what feeds it.
	{"engine", []string{"ledger", "change", "rule", "expr", "tag", "event", "customer", "value", "clock", "fault"}},
	{"engine/killtest", nil},
	{"identity", []string{"ledger", "customer", "event", "value", "clock", "fault"}},
	{"ingest/catalogue", []string{"catalog", "event", "value", "fault"}},
	{"ingest/segment", []string{"event", "customer", "value", "clock", "fault"}},
	{"ingest", []string{"ingest/segment", "ingest/catalogue", "catalog", "engine", "identity", "event", "customer", "value", "clock", "fault"}},
	{"ingest/importer", []string{"ingest", "engine", "catalog", "markup", "identity", "event", "customer", "value", "clock", "fault"}},

	// What asks it. Scenarios run on a ledger in memory, which is no store of the product.
	{"scenario", []string{
		"engine", "ledger/memory", "ledger", "change", "rule", "expr", "markup", "identity", "tag", "event", "customer",
		"value", "clock", "fault",
	}},
	{"verify", []string{"engine", "ledger", "catalog", "change", "rule", "expr", "tag", "event", "customer", "value", "clock", "fault"}},
	{"sample", nil},
	{"sample/gen", nil},
	{"sample/check", nil},

	// The edges.
	{"httpapi", []string{
		"ingest", "ingest/segment", "ingest/catalogue", "identity", "engine", "ledger", "definition", "catalog", "change",
		"rule", "expr", "markup", "tag", "event", "customer", "value", "clock", "fault",
	}},
	{"config", []string{"markup", "fault"}},
	{"app", []string{everything}},
	{"bench", []string{everything}},
}

// onlyWired are the packages that no row may list: stores are reached through interfaces, and
// what serves tests is imported by tests.
var onlyWired = []string{"ledger/pebble", "ledger/ledgertest", "catalog/sqlite", "catalog/catalogtest"}

func TestPackageMapRefersOnlyUpwards(t *testing.T) {
	var above []string
	for _, r := range packageMap {
		for _, m := range r.may {
			if m != everything && !slices.Contains(above, m) {
				t.Errorf("%s may import %s, which stands below it or nowhere", r.pkg, m)
			}
			if slices.Contains(onlyWired, m) {
				t.Errorf("%s may import %s, which only app and tests import", r.pkg, m)
			}
		}
		above = append(above, r.pkg)
	}
}

func TestPackagesImportWhatTheMapAllows(t *testing.T) {
	allowed := map[string][]string{}
	for _, r := range packageMap {
		allowed[r.pkg] = r.may
	}
	unlisted := map[string]bool{}
	for _, s := range sources(t) {
		pkg, internal := strings.CutPrefix(s.dir, "internal/")
		if !internal {
			if !under(s.dir, "cmd/earmark", "test") {
				t.Errorf("%s: code lives under internal, cmd/earmark or test", s.path)
			}
			if under(s.dir, "cmd/earmark") && !s.test {
				checkImports(t, s, []string{"app", "config", "clock", "fault"})
			}
			continue
		}
		if s.test {
			continue
		}
		may, listed := allowed[pkg]
		if !listed {
			if !unlisted[pkg] {
				t.Errorf("internal/%s is not in the package map (internal/archtest/packages_test.go)", pkg)
			}
			unlisted[pkg] = true
			continue
		}
		checkImports(t, s, may)
	}
}

func checkImports(t *testing.T, s source, may []string) {
	t.Helper()
	if slices.Contains(may, everything) {
		return
	}
	for p, spec := range s.imports() {
		pkg, ours := strings.CutPrefix(p, modulePath+"/internal/")
		if ours && !slices.Contains(may, pkg) {
			t.Errorf("%s: %s may not import %s", s.at(spec), s.dir, pkg)
		}
	}
}
