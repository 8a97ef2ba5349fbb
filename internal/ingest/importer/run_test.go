package importer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
	"github.com/earmarkhq/earmark/internal/ingest/importer"
)

// ordersFile has n rows; every seventh repeats the key of the one before.
func ordersFile(n int) string {
	var s strings.Builder
	s.WriteString("order,line,time,amount,sku,customer\n")
	for i := range n {
		line := i
		if i%7 == 6 {
			line--
		}
		fmt.Fprintf(&s, "o%d,%d,2024-05-%02d %02d:00:00,%d.5,s%d,c%d\n", i/10, line, 1+i*13%30, i%24, i, i%5, i%17)
	}
	return s.String()
}

func TestWallTakesTheFileInItsOrder(t *testing.T) {
	b := setup(t)
	r := b.run(b.options(b.write("orders.csv", ordersFile(2000)), orders))
	if r.Accepted != 2000 || r.Rows != 2000 || r.Events != 2000 || r.Refused != 0 || !r.Complete || r.Types["order.paid"] != 2000 {
		t.Errorf("report %+v", r)
	}
	got := b.engine.events()
	want := []string{
		"2024-04-30T16:00:00.000Z user_id:c0 order.paid#o0:0 {\"amount_fen\":50,\"sku\":\"s0\"}",
		"2024-05-13T17:00:00.000Z user_id:c1 order.paid#o0:1 {\"amount_fen\":150,\"sku\":\"s1\"}",
	}
	if len(got) != 2000 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%d events, the first %v", len(got), got[:2])
	}
	if !strings.Contains(got[6], "#o0:5#2 ") {
		t.Errorf("the second row of a key is %s", got[6])
	}
	if len(b.engine.units) != 4 {
		t.Errorf("%d units, want 4", len(b.engine.units))
	}
	im := b.imports.list[0]
	if im.State != catalog.ImportDone || im.Row != 2000 || im.Accepted != 2000 || im.Position != int64(len(ordersFile(2000))) {
		t.Errorf("import %+v", im)
	}
}

func TestImportingAgainChangesNothing(t *testing.T) {
	for _, mode := range []importer.Mode{importer.Wall, importer.Event} {
		t.Run(string(mode), func(t *testing.T) {
			b := setup(t)
			for i, want := range []int64{500, 0, 0} {
				o := b.options(b.write("orders.csv", ordersFile(500)), orders)
				o.Mode, o.Live = mode, mode == importer.Wall
				if i == 2 {
					o.Imports = nil // nor does another run without memory of the first
				}
				if r := b.run(o); r.Accepted != want || r.Repeated != 500-want || r.Resumed != 0 {
					t.Errorf("run %d: %+v", i+1, r)
				}
			}
		})
	}
}

func TestAStoppedImportGoesOnWhereItStood(t *testing.T) {
	for _, mode := range []importer.Mode{importer.Wall, importer.Event} {
		t.Run(string(mode), func(t *testing.T) {
			b := setup(t)
			file := b.write("orders.csv", ordersFile(5000))
			whole := setup(t)
			ow := whole.options(file, orders)
			ow.Mode, ow.Live = mode, mode == importer.Wall
			whole.run(ow)
			var accepted int64
			for round := 0; ; round++ {
				if round > 20 {
					t.Fatal("no end")
				}
				b.engine.broken = nil
				limit := len(b.engine.units) + 3 + len(whole.engine.units)/5
				b.engine.fail = func(n int) error {
					if n >= limit {
						return errKilled
					}
					return nil
				}
				o := b.options(file, orders)
				o.Mode, o.Live = mode, mode == importer.Wall
				r, err := importer.Run(context.Background(), o)
				accepted += r.Accepted
				if round > 0 && r.Resumed == 0 {
					t.Errorf("round %d began at the beginning", round)
				}
				if r.Repeated > 0 {
					t.Errorf("round %d repeated %d events that were durable", round, r.Repeated)
				}
				if err == nil {
					break
				}
				if !errors.Is(err, errKilled) || r.Complete || b.imports.list[0].State != catalog.ImportFailed {
					t.Fatalf("round %d: %v, %+v", round, err, b.imports.list[0])
				}
			}
			if accepted != 5000 || b.imports.list[0].State != catalog.ImportDone || b.imports.list[0].Accepted != 5000 {
				t.Errorf("accepted %d, %+v", accepted, b.imports.list[0])
			}
			if got, want := b.engine.events(), whole.engine.events(); !slices.Equal(got, want) {
				t.Error("the events differ from those of an import in one go")
			}
		})
	}
}

func TestRestartBeginsAtTheBeginning(t *testing.T) {
	b := setup(t)
	o := b.options(b.write("orders.csv", ordersFile(2000)), orders)
	b.engine.fail = func(n int) error {
		if n == 2 {
			return errKilled
		}
		return nil
	}
	if _, err := importer.Run(context.Background(), o); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	b.engine.fail, b.engine.broken = nil, nil
	o.Mapping, o.Restart = mapping(t, orders), true
	if r := b.run(o); r.Resumed != 0 || r.Accepted != 1000 || r.Repeated != 1000 {
		t.Errorf("report %+v", r)
	}
}

func TestCancelStopsAndKeepsThePosition(t *testing.T) {
	b := setup(t)
	ctx, cancel := context.WithCancel(context.Background())
	b.engine.fail = func(n int) error {
		if n == 3 {
			cancel()
		}
		return nil
	}
	r, err := importer.Run(ctx, b.options(b.write("orders.csv", ordersFile(20_000)), orders))
	if !errors.Is(err, context.Canceled) || r.Complete {
		t.Fatalf("%v, %+v", err, r)
	}
	im := b.imports.list[0]
	if im.State != catalog.ImportStopped || im.Row < 1500 || im.Row >= 20_000 || im.Accepted != r.Accepted {
		t.Errorf("import %+v", im)
	}
}

func TestEventClockTakesEveryInstantOnceInOrder(t *testing.T) {
	for _, budget := range []int{1, 256 << 20} { // every block a run on disk; all in memory
		t.Run(fmt.Sprint(budget), func(t *testing.T) {
			b := setup(t)
			o := b.options(b.write("orders.csv.gz", ordersFile(3000)), orders)
			o.Mode, o.Live, o.SortBytes, o.TempDir = importer.Event, false, budget, b.dir
			if r := b.run(o); r.Accepted != 3000 {
				t.Errorf("report %+v", r)
			}
			last := int64(0)
			byTime := map[int64][]string{}
			for _, u := range b.engine.units {
				if u.at <= last {
					t.Fatalf("step at %d after %d", u.at, last)
				}
				last = u.at
				for _, in := range u.in {
					for _, ev := range in.Events {
						if ev.Time != u.at {
							t.Fatalf("event of %d in the step of %d", ev.Time, u.at)
						}
						byTime[u.at] = append(byTime[u.at], ev.ID)
					}
				}
			}
			for at, ids := range byTime {
				if !slices.IsSortedFunc(ids, func(a, b string) int { return row(a) - row(b) }) {
					t.Errorf("rows of %d not in the file's order: %v", at, ids)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(b.dir, "earmark-import-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// row is the line number in an id like o3:35#2.
func row(id string) int {
	var order, line, n int
	if _, err := fmt.Sscanf(id, "o%d:%d", &order, &line); err != nil {
		panic(err)
	}
	if strings.Contains(id, "#") {
		n = 1
	}
	return line + n
}

func TestEventClockOverManyRunsGivesTheSameAsInMemory(t *testing.T) {
	var in strings.Builder
	in.WriteString("order,line,time,amount,sku,customer\n")
	for i := range 30_000 { // long ids: several blocks
		fmt.Fprintf(&in, "o%d,%d,2024-05-%02d %02d:%02d:00,1,%s,c%d\n", i, i, 1+i*7919%30, i*31%24, i*17%60, strings.Repeat("x", 1000), i%100)
	}
	var first []string
	for _, budget := range []int{1, 256 << 20} {
		b := setup(t)
		o := b.options(b.write("orders.csv", in.String()), orders)
		o.Mode, o.Live, o.SortBytes, o.TempDir = importer.Event, false, budget, b.dir
		b.run(o)
		got := b.engine.events()
		if first == nil {
			first = got
		} else if !slices.Equal(first, got) {
			t.Error("order differs")
		}
	}
}

func TestAnInstantOfManyCustomersIsCutBetweenThem(t *testing.T) {
	b := setup(t)
	var in strings.Builder
	in.WriteString("order,line,time,amount,sku,customer\n")
	for i := range 12_000 {
		fmt.Fprintf(&in, "o%d,%d,2024-05-01 00:00:00,1,x,c%d\n", i, i, i%6000)
	}
	o := b.options(b.write("orders.csv", in.String()), orders)
	o.Mode, o.Live = importer.Event, false
	if r := b.run(o); r.Accepted != 12_000 {
		t.Errorf("report %+v", r)
	}
	if len(b.engine.units) < 2 {
		t.Fatalf("%d steps", len(b.engine.units))
	}
	where := map[uint64]int{}
	for n, u := range b.engine.units {
		for _, in := range u.in {
			if was, ok := where[uint64(in.Customer)]; ok && was != n {
				t.Fatalf("customer %d is in two steps of one instant", in.Customer)
			}
			where[uint64(in.Customer)] = n
		}
	}
}

func TestAnEventDatedAheadIsReceivedNow(t *testing.T) {
	b := setup(t)
	o := b.options(b.write("orders.csv", "order,line,time,amount,sku,customer\no1,1,2024-06-01 20:00:00,1,x,c1\no1,2,2024-06-09 20:00:00,1,x,c1\n"), orders)
	o.Mode, o.Live = importer.Event, false
	r := b.run(o)
	if r.Accepted != 1 || r.Refused != 1 || r.Refusals[0].Code != "ingest.time_ahead" {
		t.Errorf("report %+v", r)
	}
	if at := b.engine.units[0].at; at != start.UnixMilli() {
		t.Errorf("step at %d, want now %d", at, start.UnixMilli())
	}
}

func TestModesAndTheStore(t *testing.T) {
	cases := []struct {
		mode importer.Mode
		live bool
		want string
	}{
		{importer.Event, true, "import.live"},
		{importer.Wall, false, "import.not_live"},
		{"", true, "import.mode"},
		{importer.Event, false, ""},
		{importer.Wall, true, ""},
	}
	for _, c := range cases {
		b := setup(t)
		o := b.options(b.write("orders.csv", ordersFile(3)), orders)
		o.Mode, o.Live = c.mode, c.live
		_, err := importer.Run(context.Background(), o)
		if (err == nil) != (c.want == "") || err != nil && !fault.Is(err, c.want) {
			t.Errorf("%s, live %v: %v, want %s", c.mode, c.live, err, c.want)
		}
	}
}

func TestDryRunTakesNothingAndShowsWhatItWould(t *testing.T) {
	b := setup(t)
	o := b.options(b.write("orders.csv", ordersFile(50)+"o9,1,yesterday,1,x,c1\n"), orders)
	o.DryRun, o.Taker, o.Imports = true, nil, nil
	r := b.run(o)
	if r.Rows != 51 || r.Events != 50 || r.Refused != 1 || len(r.Sample) != 5 || len(b.engine.units) != 0 {
		t.Errorf("report %+v", r)
	}
	var out strings.Builder
	r.Write(&out, fault.EN, shanghai)
	for _, want := range []string{
		"dry run: nothing was written", "rows read: 51", "rows refused: 1", "order.paid 50", "2024-05-01 00:00:00 – 2024-05-30",
		"2024-05-01T00:00:00+08:00 order.paid #o0:0 {\"amount_fen\":50,\"sku\":\"s0\"}", ":52 time \"yesterday\": it is no time of the form 2006-01-02 15:04:05",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, &out)
		}
	}
	out.Reset()
	r.Write(&out, fault.ZH, shanghai)
	if !strings.Contains(out.String(), "拒收行数: 1") {
		t.Errorf("Chinese report:\n%s", &out)
	}
}

func TestRefusedRowsGoToTheErrorsFileAndStopNothing(t *testing.T) {
	b := setup(t)
	var in strings.Builder
	in.WriteString("order,line,time,amount,sku,customer\n")
	for i := range 40 {
		fmt.Fprintf(&in, "o1,%d,2024-05-01 00:00:00,1,x,c1\no2,%d,sometime,free,x,\n", i, i)
	}
	o := b.options(b.write("orders.csv", in.String()), orders)
	o.Errors = filepath.Join(b.dir, "errors.csv")
	r := b.run(o)
	if r.Accepted != 40 || r.Refused != 40 || len(r.Refusals) != 20 || r.Rows != 80 {
		t.Errorf("accepted %d, refused %d, shown %d", r.Accepted, r.Refused, len(r.Refusals))
	}
	data, err := os.ReadFile(o.Errors)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	want := []string{
		"file,row,column,value,reason",
		o.File + ",3,customer,,the row has no identity",
		o.File + ",3,time,sometime,it is no time of the form 2006-01-02 15:04:05",
		o.File + ",3,amount,free,it can not be made into fen_from_yuan",
	}
	if len(lines) != 1+3*40 || !slices.Equal(lines[:4], want) {
		t.Errorf("%d lines, the first\n%s", len(lines), strings.Join(lines[:4], "\n"))
	}
	if b.imports.list[0].Refused != 40 {
		t.Errorf("import %+v", b.imports.list[0])
	}
}

func TestColumnsTheFileLacksAreNamedTogether(t *testing.T) {
	b := setup(t)
	_, err := importer.Run(context.Background(), b.options(b.write("orders.csv", "order,line,tme,amount,sku,sku,Customer\n"), orders))
	all := fault.All(err)
	got := make([]string, len(all))
	for i, e := range all {
		got[i] = fmt.Sprintf("%d:%d %s %v %s", e.Line, e.Col, e.Code, e.Args["column"], e.Suggest)
	}
	want := []string{
		"3:23 mapping.column customer Customer",
		"5:16 mapping.column time tme",
		"9:8 mapping.column_twice sku ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("faults %q, want %q", got, want)
	}
}

func TestFilesThatCanNotBeRead(t *testing.T) {
	b := setup(t)
	packed := gz(t, []byte(ordersFile(5000)))
	cases := []struct{ name, content, want string }{
		{"missing.csv", "", "import.open"},
		{"orders.dat", "a,b\n", "import.format"},
		{"empty.csv", "", "import.header"},
		{"cut.csv", string(packed[:len(packed)/2]), "import.gzip"},
	}
	for _, c := range cases {
		file := filepath.Join(b.dir, c.name)
		if c.want != "import.open" {
			b.write(c.name, c.content)
		}
		if _, err := importer.Run(context.Background(), b.options(file, orders)); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}
