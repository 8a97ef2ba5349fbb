package catalogtest

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
)

// Lab is a place in which one store lives, empty at first.
type Lab struct {
	// Open opens the store; what was written before is there again.
	Open func(ctx context.Context) (catalog.Store, error)
	// Restore opens what Backup wrote to path.
	Restore func(ctx context.Context, path string) (catalog.Store, error)
}

// Run runs the suite; make prepares a fresh lab for each test.
func Run(t *testing.T, make func(t testing.TB) Lab) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"settings are put, replaced and read", testSettings},
		{"a setting is kept once, whoever asks", testKeepSetting},
		{"ids of groups and tags are dense and never given twice", testTagIDs},
		{"names of groups and tags are unique, retired ones included", testTagNames},
		{"groups and tags come in their order", testTagOrder},
		{"updating replaces everything but id and group", testTagUpdate},
		{"tags that can not be are refused", testTagInvalid},
		{"ensuring tags makes only what is missing", testEnsureTags},
		{"ensuring tags is all or nothing", testEnsureTagsAtomic},
		{"a rule has all its versions", testRuleVersions},
		{"saving over a newer version is refused", testRuleConflict},
		{"of many who save over one version one wins", testRuleRace},
		{"an equal document is not written again", testRuleEqual},
		{"names of rules are unique and can change", testRuleNames},
		{"documents are put, replaced and deleted", testDocuments},
		{"what was never published is generation 0", testNoGeneration},
		{"a generation comes back as published", testGeneration},
		{"a generation does not change with what it was made of", testGenerationImmutable},
		{"publishing over a newer generation is refused", testGenerationConflict},
		{"rules move on when they are published or left out", testGenerationStates},
		{"a generation of what is not there is refused whole", testGenerationInvalid},
		{"a source is made once", testSources},
		{"a write key leads to its enabled source until it is revoked", testWriteKeys},
		{"an API key is found until it is revoked", testAPIKeys},
		{"uses of an API key are noted coarsely", testTouchAPIKey},
		{"nothing that is read holds a secret", testSecrets},
		{"seen counts add up over calls and sources", testSeenCounts},
		{"the most frequent samples stay", testSeenSamples},
		{"seen types and properties are bounded", testSeenBounds},
		{"aliases are put, replaced and deleted", testAliases},
		{"an import goes on where it stood", testImports},
		{"another file, mapping or source is another import", testImportKeys},
		{"faults are listed, filtered and counted", testFaults},
		{"the newest faults stay, counts for ever", testFaultRing},
		{"samples are cut at a character", testFaultCut},
		{"equal conflicts are one", testConflicts},
		{"conflicts met last stay", testConflictBound},
		{"lists come in pages, newest first", testPages},
		{"every change leaves one audit entry, a refused one none", testAudit},
		{"texts of any bytes come back readable", testTexts},
		{"a call whose context has ended changes nothing", testCancelled},
		{"readers see whole transactions while others write", testReadersDuringWrites},
		{"writers wait for each other", testWriters},
		{"reopening keeps all", testReopen},
		{"a backup holds all and replaces nothing", testBackup},
		{"random edits agree with the model", testModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, make)
			t.Cleanup(func() { b.ok(b.Close()) })
			c.run(t, b)
		})
	}
}

// bench is a lab with its store open. Every unexpected error of the store ends the test.
type bench struct {
	t    testing.TB
	make func(testing.TB) Lab
	lab  Lab
	ctx  context.Context
	catalog.Store
}

func newBench(t testing.TB, make func(testing.TB) Lab) *bench {
	b := &bench{t: t, make: make, lab: make(t), ctx: t.Context()}
	b.open()
	return b
}

func (b *bench) open() {
	b.t.Helper()
	b.Store = must(b.lab.Open(b.ctx))(b)
}

func (b *bench) reopen() {
	b.t.Helper()
	b.ok(b.Close())
	b.open()
}

func (b *bench) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// must unwraps a result whose error would end the test: must(call())(b).
func must[T any](v T, err error) func(*bench) T {
	return func(b *bench) T {
		b.t.Helper()
		b.ok(err)
		return v
	}
}

// refused demands an error with this code.
func (b *bench) refused(err error, code string) {
	b.t.Helper()
	if !fault.Is(err, code) {
		b.t.Fatalf("error %v, want code %s", err, code)
	}
}

func (b *bench) equal(what string, got, want any) {
	b.t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		b.t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// at makes the By of a change at an instant.
func at(ms int64) catalog.By { return catalog.By{Actor: "key 3", At: ms} }

// by is for changes whose instant does not matter.
var by = at(1_700_000_000_000)

func name(kind string, i int) string { return fmt.Sprintf("%s %d", kind, i) }
