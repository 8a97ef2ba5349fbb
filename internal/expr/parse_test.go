package expr_test

import (
	"strings"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/expr"
	"github.com/earmarkhq/earmark/internal/fault"
)

// shanghai is a zone without summer time, as most tenants have it.
var shanghai = time.FixedZone("CST", 8*3600)

const look = `
all:
  - event: order.paid
    where: { amount_fen: { gte: 10000 }, items: { any: { category: 母婴, quantity: { gte: 3 } } } }
    within: 365d
    count: { gte: 10 }
  - event: order.paid
    last: { within: 7d }
  - not: { tag: 强力拒绝 }
  - attribute: city
    in: [北京, 上海]
`

func TestParseReadsTheExampleOfTheLanguage(t *testing.T) {
	n, err := expr.Parse([]byte(look), expr.ParseOptions{Zone: shanghai})
	if err != nil {
		t.Fatal(err)
	}
	all, ok := n.(expr.All)
	if !ok || len(all.Kids) != 4 {
		t.Fatalf("tree = %#v", n)
	}
	agg := all.Kids[0].(expr.Aggregate)
	if agg.Window.Kind != expr.Within || agg.Window.D.Ms != 365*86_400_000 || agg.Agg.Fn != expr.Count {
		t.Errorf("aggregate = %+v", agg)
	}
	if p := agg.Where.(expr.PropAll).Kids[1].(expr.PropTest); p.Ops[0].Name != expr.OpAny || p.Ops[0].Elem == nil {
		t.Errorf("element form = %+v", p)
	}
	if occ := all.Kids[1].(expr.Occurrence); occ.First || occ.N != 1 || occ.Window.Kind != expr.Within {
		t.Errorf("last = %+v", occ)
	}
	if p := all.Kids[3].(expr.Attribute).Position(); p.Line != 10 || p.Col != 5 || p.Path != "all[3]" {
		t.Errorf("place = %+v", p)
	}
}

// faults are the faults of a document, one line each: place code suggestion.
func faults(err error) string {
	var b strings.Builder
	for _, e := range fault.All(err) {
		b.WriteString(e.Place(fault.EN) + " | " + e.Code)
		if e.Suggest != "" {
			b.WriteString(" | " + e.Suggest)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestParseReportsAllFaultsWithPlaceAndSuggestion(t *testing.T) {
	_, err := expr.Parse([]byte(`all:
  - event: order.paid
    wthin: 3d
    count: {gt: many}
  - atribute: city
    eq: 北京
  - event: [a, "b*c"]
    where: {price: {gt: cheap, reg: x}}
    ago: [3d, 5d]
`), expr.ParseOptions{})
	want := `line 3, column 5, all[0].wthin | expr.unknown_key | within
line 4, column 17, all[0].count.gt | expr.want_number
line 5, column 5, all[1].atribute | expr.kind_missing | attribute
line 7, column 16, all[2].event[1] | expr.wildcard
line 8, column 25, all[2].where.price.gt | expr.never_text
line 8, column 32, all[2].where.price.reg | expr.unknown_key | regex
line 9, column 10, all[2].ago | expr.ago_order
`
	if got := faults(err); got != want {
		t.Errorf("faults:\n%s\nwant:\n%s", got, want)
	}
}
