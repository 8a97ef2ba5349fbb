package reference_test

import (
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/expr/reference"
	"github.com/earmarkhq/earmark/internal/expr/reference/random"
	"pgregory.net/rapid"
)

// walkable are the leaves that a ladder with keep or demote may have: those of events and
// attributes.
var walkable = []random.Kind{random.Attribute, random.Aggregate, random.Aggregate, random.Occurrence, random.Sequence, random.Regular, random.Follow, random.Metric}

// stairs draws a ladder in both forms, and its description.
func (b *bench) stairs(t *rapid.T) (reference.Stair, expr.LadderSpec, []string) {
	var stair reference.Stair
	var docs []string
	for i := range rapid.IntRange(1, 3).Draw(t, "steps") {
		doc := b.grid.Tree(t, rapid.IntRange(0, 1).Draw(t, "depth"), walkable, fmt.Sprint("step ", i))
		stair.Steps = append(stair.Steps, parse(t, b.grid, doc))
		docs = append(docs, doc)
	}
	duration := func(label string) *expr.Duration {
		d, _ := expr.ParseDuration(rapid.SampledFrom([]string{"1d", "36h", "3d", "1mo", "3mo"}).Draw(t, label))
		docs = append(docs, label+" "+d.Text)
		return &d
	}
	if rapid.Bool().Draw(t, "keeps") {
		stair.Keep = duration("keep")
	}
	if rapid.Bool().Draw(t, "demotes") {
		doc := b.grid.Leaf(t, rapid.SampledFrom(walkable).Draw(t, "demote kind"), "demote")
		docs = append(docs, "demote "+doc)
		stair.Demote = &reference.Demotion{When: parse(t, b.grid, doc)}
		if rapid.Bool().Draw(t, "demotes on") {
			stair.Demote.Every = duration("every")
		}
	}
	spec := expr.LadderSpec{Steps: stair.Steps, Keep: stair.Keep}
	if d := stair.Demote; d != nil {
		spec.DemoteWhen, spec.DemoteEvery = d.When, d.Every
	}
	return stair, spec, docs
}

func TestLaddersAgreeWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t, walkable)
		stair, spec, docs := b.stairs(t)
		ladder, _, err := b.compiler.CompileLadder(spec)
		if err != nil {
			t.Fatal(err, docs)
		}
		b.start()
		for _, ev := range b.grid.History(t, 5) {
			b.add(ev)
		}
		at := b.grid.Instant(t, "walk from")
		for range 8 {
			level, next := ladder.Eval(b.state, at)
			if want := reference.Ladder(stair, b.world, at); level != want {
				t.Fatalf("at %s step %d, reference %d\n%s", b.when(at), level, want, b.describe(docs...))
			}
			for _, p := range b.ladderProbes(t, stair, at, next) {
				if got := reference.Ladder(stair, b.world, p); got != level {
					t.Fatalf("at %s step %d with deadline %s, but at %s it is %d\n%s", b.when(at), level, b.deadline(next), b.when(p), got, b.describe(docs...))
				}
			}
			if next > b.grid.Anchor.AddDate(1, 2, 0).UnixMilli() {
				return
			}
			if next <= at {
				t.Fatalf("at %s the deadline is not later\n%s", b.when(at), strings.Join(docs, "\n"))
			}
			at = next
		}
	})
}

// ladderProbes are some instants before the deadline: edges of the conditions, and those that
// keep and every make of them.
func (b *bench) ladderProbes(t *rapid.T, stair reference.Stair, at, next int64) []int64 {
	end := min(next-1, b.grid.Anchor.AddDate(0, 6, 0).UnixMilli())
	if end <= at {
		return nil
	}
	nodes := append([]expr.Node{}, stair.Steps...)
	if stair.Demote != nil {
		nodes = append(nodes, stair.Demote.When)
	}
	edges := reference.Edges(nodes, b.world, at, end)
	for _, ev := range b.world.Events() {
		for _, d := range []*expr.Duration{stair.Keep, every(stair)} {
			for k := 1; d != nil && k <= 3; k++ {
				moved := time.UnixMilli(ev.Time+int64(k)*d.Ms).In(b.grid.Zone).AddDate(0, k*d.Months, 0).UnixMilli()
				if moved > at && moved <= end {
					edges = append(edges, moved)
				}
			}
		}
	}
	sort.Slice(edges, func(i, j int) bool { return edges[i] < edges[j] })
	out := []int64{end}
	for i := range min(5, len(edges)) {
		e := edges[rapid.IntRange(0, len(edges)-1).Draw(t, fmt.Sprint("probe ", i))]
		out = append(out, e)
	}
	return out
}

func every(s reference.Stair) *expr.Duration {
	if s.Demote == nil {
		return nil
	}
	return s.Demote.Every
}
