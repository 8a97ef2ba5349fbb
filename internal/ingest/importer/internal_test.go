package importer

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest"
)

// all reads a text as records of cells; broken ones are nil.
func all(t testing.TB, text string, chunk int) [][]string {
	t.Helper()
	cut := &table{sep: ',', quote: '"'}
	recs := newRecords(&input{Reader: strings.NewReader(text), name: "test"}, cut)
	recs.size = chunk
	var out [][]string
	for {
		rec, ok, err := recs.next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			if recs.read != int64(len(text)) || strings.Count(text, "\n")+1 != int(recs.line) {
				t.Fatalf("read %d of %d bytes, %d of %d lines", recs.read, len(text), recs.line, strings.Count(text, "\n")+1)
			}
			return out
		}
		if rec.err != nil {
			out = append(out, nil)
			continue
		}
		out = append(out, slices.Clone(cut.cells))
	}
}

// FuzzTable compares the table with encoding/csv: what that takes, this takes as well, with the
// same cells; and pieces of any size make no difference.
func FuzzTable(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "\"a\"\"b\",\"c\nd\"\r\n,\n", "a\r\nb", "\"", "\"a\"b", "a\"b", "\n\n\"\"\n", "x,\"\r\ny\"\r\n", "\r", "a,\r", "\"a\"\r",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return // a chunk of one byte makes the reading quadratic
		}
		got := all(t, s, chunkBytes)
		for _, chunk := range []int{1, 3, 16} {
			if small := all(t, s, chunk); !slices.EqualFunc(got, small, slices.Equal) {
				t.Fatalf("%q in chunks of %d is %q", got, chunk, small)
			}
		}
		r := csv.NewReader(strings.NewReader(s))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil {
			return
		}
		for _, rec := range got {
			for i := range rec { // the library makes line ends inside of cells one character
				rec[i] = strings.ReplaceAll(rec[i], "\r\n", "\n")
			}
		}
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%q: cells %q, encoding/csv has %q", s, got, want)
		}
	})
}

func fuzzPlan(t testing.TB, text string, format Format, header []string) *plan {
	t.Helper()
	m, err := ParseMapping([]byte(text), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPlan(m, format, header, "test", 1_800_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const fuzzMapping = `
source: s
identities: {user_id: u, anonymous_id: a}
event: {column: e, map: {p: order.paid}, default: other}
time: {column: t}
natural_key: [u, n]
properties: {"*": all, n: {column: n, type: fen_from_yuan, round: half_up}, l: {column: l, type: list}, j: {column: j, type: json}}
attributes: {b: {column: b, type: bool}, d: {column: d, type: time}}
skip: {column: n, lt: 0}
`

// checkRow makes sure that what was taken is within the limits, and what was not has a reason.
func checkRow(t *testing.T, b *builder, v verdict, batch *ingest.Batch) {
	t.Helper()
	switch {
	case v == refused && (len(b.problems) == 0 || batch.Len() > 0):
		t.Fatalf("refused with %d problems and %d entries", len(b.problems), batch.Len())
	case v == taken && batch.Len() == 0:
		t.Fatal("taken, but nothing of it")
	}
	for _, p := range b.problems {
		if e, ok := fault.As(p.err); !ok || e.Text(fault.ZH) == "" {
			t.Fatalf("problem %+v", p)
		}
	}
	for i := range batch.Events {
		if err := ingest.Check(&batch.Events[i], batch.Keys[i], b.p.now); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzCSVRow(f *testing.F) {
	f.Add("u1,a1,p,2024-01-01,1.50,a|b,{},true,2024,x")
	f.Add("u1,,q,1700000000,\"-1\",\"a,b\",[1],no,,\"\"\"")
	f.Fuzz(func(t *testing.T, line string) {
		cut := &table{sep: ',', quote: '"', trim: true}
		b := newBuilder(fuzzPlan(t, fuzzMapping, CSV, strings.Split("u,a,e,t,n,l,j,b,d,x", ",")), cut)
		recs := newRecords(&input{Reader: strings.NewReader(line), name: "test"}, cut)
		for {
			rec, ok, err := recs.next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return
			}
			batch := &ingest.Batch{}
			checkRow(t, b, b.add(rec, batch), batch)
		}
	})
}

func FuzzJSONRow(f *testing.F) {
	f.Add(`{"u":"u1","e":"p","t":1700000000,"n":1.5,"l":["a"],"j":"{}","b":true,"x":{"y":[1]}}`)
	f.Add(`{"u":{"a":1},"a":"a1","e":null,"t":"2024-01-01","n":"-","u":"u2"}`)
	f.Fuzz(func(t *testing.T, line string) {
		b := newBuilder(fuzzPlan(t, fuzzMapping, JSONLines, nil), nil)
		for range 2 { // the second time the shape of the line is known
			batch := &ingest.Batch{}
			checkRow(t, b, b.add(record{text: line}, batch), batch)
		}
	})
}

// FuzzSorter puts events away and takes them out again.
func FuzzSorter(f *testing.F) {
	f.Add(`{"u":"u1","e":"p","t":1700000000,"n":1.5,"b":true,"x":{"y":[1,"z"]}}`, int64(1))
	f.Fuzz(func(t *testing.T, line string, shift int64) {
		b := newBuilder(fuzzPlan(t, fuzzMapping, JSONLines, nil), nil)
		in, out := &ingest.Batch{}, &ingest.Batch{}
		if b.add(record{text: line}, in) != taken || !utf8.ValidString(line) {
			return
		}
		in.Events[0].Time += shift
		s := &sorter{budget: 1 << 20}
		if err := s.add(in); err != nil {
			t.Fatal(err)
		}
		for st := s.stream(); ; {
			_, raw, ok, err := st.next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			if err := s.decode(raw, out); err != nil {
				t.Fatal(err)
			}
		}
		say := func(b *ingest.Batch) []string {
			var s []string
			for i := range b.Events {
				e := &b.Events[i]
				s = append(s, fmt.Sprint(b.Keys[i], e.Type, e.Time, e.ID, e.Source, e.Props, e.Context))
			}
			slices.Sort(s)
			return s
		}
		if !slices.Equal(say(in), say(out)) {
			t.Fatalf("%v became %v", say(in), say(out))
		}
	})
}

func TestOccurrences(t *testing.T) {
	o := newOccurrences()
	for round := 1; round <= 3; round++ {
		for i := range 10_000 {
			if n := o.next(fmt.Appendf(nil, "key %d", i)); n != round {
				t.Fatalf("key %d: %d, want %d", i, n, round)
			}
		}
	}
	for i := 1; i <= 1000; i++ {
		if n := o.next([]byte("often")); n != i {
			t.Fatalf("%d, want %d", n, i)
		}
	}
	if len(o.table) > 1<<15 {
		t.Errorf("%d places for 10,001 keys", len(o.table))
	}
}

func TestLongNaturalKeysAreHashed(t *testing.T) {
	long := strings.Repeat("长", 100)
	if id := idOf([]byte(long), 2); len(id) != 34 || !strings.HasSuffix(id, "#2") {
		t.Errorf("id %q", id)
	}
}

func TestProgressLines(t *testing.T) {
	cases := []struct {
		lang              fault.Lang
		at                step
		done, total, rows int64
		passed            time.Duration
		want              string
	}{
		{fault.EN, stepReading, 0, 0, 12_000, 2 * time.Second, "reading 12,000 rows, 6,000/s"},
		{fault.EN, stepReading, 50, 100, 1000, 10 * time.Second, "reading ████████████░░░░░░░░░░░░ 50% 1,000 rows, 100/s, 10s left"},
		{fault.ZH, stepApplying, 100, 100, 1_234_567, 10 * time.Second, "写入 ████████████████████████ 100% 1,234,567 行，123,456 行/秒，剩余 0s"},
		{fault.ZH, stepReading, 0, 100, 0, 0, "读取 ░░░░░░░░░░░░░░░░░░░░░░░░ 0% 0 行，0 行/秒"},
	}
	for _, c := range cases {
		if got := progressLine(c.lang, c.at, c.done, c.total, c.rows, c.passed); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -100: "-100"} {
		if got := grouped(n); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
