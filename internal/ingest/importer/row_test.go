package importer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/ingest/importer"
)

// head is what most mappings of these tests begin with.
const head = "source: s\nidentities: {user_id: user}\ntime: {at: 2024-05-01}\n"

func TestRowsBecomeEvents(t *testing.T) {
	cases := []struct {
		name, mapping, format, rows string
		want                        []string // events without their time; or with it, where it begins with a digit
		refused                     []string // line, column, value, code
		skipped                     int64
	}{
		{
			name:    "types of properties",
			mapping: head + "event: e\nproperties: {n: {column: n, type: int}, d: {column: d, type: decimal}, b: {column: b, type: bool}, l: {column: l, type: list, separator: '|'}, t: {column: t, type: time}, j: {column: j, type: json}, x: {column: n, type: text}}",
			format:  "csv", rows: "user,n,d,b,l,t,j\nu1,7,1.50,是,a|b,2024-05-01 08:00,\"{\"\"k\"\":[1]}\"\n",
			want: []string{`user_id:u1 e#a247 {"n":7,"d":1.50,"b":true,"l":["a","b"],"t":"2024-05-01T00:00:00.000Z","j":{"k":[1]},"x":"7"}`},
		},
		{
			name: "all columns that nothing refers to", mapping: head + "event: e\nid: id\nproperties: all", format: "csv",
			rows: "id,user,city,empty\n1,u1,北京,\n", want: []string{`user_id:u1 e#1 {"city":"北京"}`},
		},
		{
			name: "what is only asked about belongs to the rest", mapping: head + "event: {when: [{if: {column: q, gt: 0}, type: e}]}\nnatural_key: [no, line]\nskip: {column: state, equals: x}\nproperties: {'*': all, n: line}", format: "csv",
			rows: "no,line,user,q,state\n7,1,u1,2,ok\n", want: []string{`user_id:u1 e#7:1 {"n":"1","no":"7","q":"2","state":"ok"}`},
		},
		{
			name: "an object of which a part is taken belongs to the rest", mapping: head + "event: e\nid: x.id\nproperties: all", format: "jsonl",
			rows: `{"user":"u1","x":{"id":1,"y":2},"z":3}`, want: []string{`user_id:u1 e#1 {"x":{"id":1,"y":2},"z":3}`},
		},
		{
			name: "named ones go before the rest", mapping: head + "event: e\nid: id\nproperties: {'*': all, amount_fen: {column: amount, type: fen_from_yuan}, city: {value: 上海}}", format: "csv",
			rows: "id,user,amount,city,sku\n1,u1,9.9,北京,a\n", want: []string{`user_id:u1 e#1 {"amount_fen":990,"city":"上海","sku":"a"}`},
		},
		{
			name: "missing values are left out", mapping: head + "event: e\nid: id\ncsv: {missing: [NULL, '-']}\nproperties: {a: a, b: {column: b, default: none}}", format: "csv",
			rows: "id,user,a,b\n1,u1,NULL,-\n2,u1, x ,y\n", want: []string{`user_id:u1 e#1 {"b":"none"}`, `user_id:u1 e#2 {"a":"x","b":"y"}`},
		},
		{
			name: "required values", mapping: head + "event: e\nid: id\nproperties: {a: {column: a, required: true}}", format: "csv",
			rows: "id,user,a\n1,u1,\n", refused: []string{"2 a  row.required"},
		},
		{
			name: "values by a table", mapping: head + "event: e\nid: id\nproperties: {g: {column: g, map: {'1': male, '2': female}}, h: {column: g, map: {'1': 10}, default: 0}}", format: "csv",
			rows: "id,user,g\n1,u1,1\n2,u1,3\n", want: []string{`user_id:u1 e#1 {"g":"male","h":10}`, `user_id:u1 e#2 {"g":"3","h":0}`},
		},
		{
			name: "part of a fen", mapping: head + "event: e\nid: id\nproperties: {a: {column: a, type: fen_from_yuan}, b: {column: b, type: fen_from_yuan, round: half_up, strip: '¥,'}, c: {column: b, type: fen_from_yuan, strip: '¥,', round: exact}}", format: "csv",
			rows: "id,user,a,b\n1,u1,1.001,1\n2,u1,1,\"¥1,000.005\"\n",
			want: []string{`user_id:u1 e#2 {"a":100,"b":100001,"c":100000.5}`}, refused: []string{"2 a 1.001 row.convert"},
		},
		{
			name: "type by a column", mapping: head + "event: {column: type, map: {paid: order.paid, cancelled: order.cancelled}}\nid: id", format: "csv",
			rows: "id,user,type\n1,u1,paid\n2,u1,cancelled\n3,u1,lost\n4,u1,\n",
			want: []string{`user_id:u1 order.paid#1 {}`, `user_id:u1 order.cancelled#2 {}`}, refused: []string{"4 type lost row.type_unknown", "5 type  row.no_type"},
		},
		{
			name: "type as it is, with a default", mapping: head + "event: {column: type, default: other}\nid: id", format: "csv",
			rows: "id,user,type\n1,u1,page\n2,u1,\n3,u1,$statement\n",
			want: []string{`user_id:u1 page#1 {}`, `user_id:u1 other#2 {}`}, refused: []string{"4   ingest.name_reserved"},
		},
		{
			name:    "type by conditions",
			mapping: head + "event: {when: [{if: {column: no, starts_with: C}, type: order.cancelled}, {if: [{column: q, gt: 0}, {column: vip, equals: true}], type: order.vip}, {if: {column: q, gte: 1, lt: 100}, type: order.paid}, {if: {column: q, in: [0, -1]}, type: none}]}\nid: id", format: "csv",
			rows:    "id,user,no,q,vip\n1,u1,C1,-3,\n2,u1,5,2,true\n3,u1,5,2,false\n4,u1,5,0.0,\n5,u1,5,100,\n",
			want:    []string{`user_id:u1 order.cancelled#1 {}`, `user_id:u1 order.vip#2 {}`, `user_id:u1 order.paid#3 {}`},
			skipped: 1, refused: []string{"6 no 5 row.no_case"},
		},
		{
			name: "rows left out", mapping: head + "event: e\nid: id\nskip: [{column: user, exists: false}, {column: q, lte: 0}]", format: "csv",
			rows: "id,user,q\n1,,1\n2,u1,0\n3,u1,1\n", want: []string{`user_id:u1 e#3 {}`}, skipped: 2,
		},
		{
			name:    "several identities",
			mapping: "source: s\ntime: {at: 2024-05-01}\nevent: e\nid: id\nidentities: {anonymous_id: device, user_id: {column: user, prefix: 'shop-'}, old: {column: buyer, kind: buyer_id}}", format: "csv",
			rows: "id,user,device,buyer\n1,u1,d1,b1\n2,,d1,\n3,,,\n",
			want: []string{`user_id:shop-u1,buyer_id:b1,anonymous_id:d1 e#1 {}`, `anonymous_id:d1 e#2 {}`}, refused: []string{"4 device  row.no_identity"},
		},
		{
			name: "attributes only", mapping: head + "id: id\nattributes: {city: city, age: {column: age, type: int}}", format: "csv",
			rows: "id,user,city,age\n1,u1,北京,30\n2,u1,,\n", want: []string{`user_id:u1 $identify#1 {"city":"北京","age":30}`}, skipped: 1,
		},
		{
			name: "attributes beside the event, before it", mapping: head + "event: e\nid: id\nproperties: {sku: sku}\nattributes: {city: city}", format: "csv",
			rows: "id,user,city,sku\n1,u1,北京,a\n2,u1,,b\n",
			want: []string{`user_id:u1 $identify#1~a {"city":"北京"}`, `user_id:u1 e#1 {"sku":"a"}`, `user_id:u1 e#2 {"sku":"b"}`},
		},
		{
			name: "ids of equal rows", mapping: head + "event: e", format: "csv", rows: "user,a\nu1,x\nu1,x\nu1,y\n\"u1\",\"x\"\n",
			want: []string{`user_id:u1 e#cb16 {}`, `user_id:u1 e#cb16#2 {}`, `user_id:u1 e#3ead {}`, `user_id:u1 e#cb16#3 {}`},
		},
		{
			name: "natural keys can not be confused", mapping: head + "event: e\nnatural_key: [a, b]", format: "csv",
			rows: "user,a,b\nu1,x:y,z\nu1,x,y:z\nu1,x#2,y\nu1,x,\nu1,,\n",
			want: []string{`user_id:u1 e#x\:y:z {}`, `user_id:u1 e#x:y\:z {}`, `user_id:u1 e#x\#2:y {}`, `user_id:u1 e#x: {}`}, refused: []string{"6 a  row.no_id"},
		},
		{
			name: "an id with a prefix", mapping: head + "event: e\nid: {column: id, prefix: 'p-'}", format: "csv",
			rows: "user,id\nu1,1\nu1,\n", want: []string{`user_id:u1 e#p-1 {}`}, refused: []string{"3 id  row.no_id"},
		},
		{
			name: "times", mapping: "source: s\nidentities: {user_id: user}\nevent: e\nid: id\ntime: {columns: [d, t], join: ' ', prefix: '2024-', layout: 'YYYY-M-D hh:mm', zone: Europe/London}", format: "csv",
			rows: "id,user,d,t\n1,u1,5-1,08:00\n2,u1,5-1,\n3,u1,13-1,08:00\n",
			want: []string{`2024-05-01T07:00:00.000Z user_id:u1 e#1 {}`}, refused: []string{"3 d  row.no_time", "4 d 2024-13-1 08:00 row.time"},
		},
		{
			name: "time as it comes", mapping: "source: s\nidentities: {user_id: user}\nevent: e\nid: id\ntime: at", format: "csv",
			rows: "id,user,at\n1,u1,2024-05-01T08:00:00+08:00\n2,u1,2024-05-01 08:00\n3,u1,1714521600\n4,u1,1714521600000\n5,u1,0\n",
			want: []string{
				`2024-05-01T00:00:00.000Z user_id:u1 e#1 {}`, `2024-05-01T00:00:00.000Z user_id:u1 e#2 {}`,
				`2024-05-01T00:00:00.000Z user_id:u1 e#3 {}`, `2024-05-01T00:00:00.000Z user_id:u1 e#4 {}`,
			},
			refused: []string{"6   ingest.time_too_early"},
		},
		{
			name: "now", mapping: "source: s\nidentities: {user_id: user}\nevent: e\nid: id\ntime: now", format: "csv",
			rows: "id,user\n1,u1\n", want: []string{`2024-06-01T00:00:00.000Z user_id:u1 e#1 {}`},
		},
		{
			name: "broken rows of a table", mapping: head + "event: e\nid: id\nproperties: all", format: "csv",
			rows:    "id,user,a\n1,u1\n2,u1,x,y\n3,u1,\"x\"y\n4,u1,a\"b\n\n5,u1,\"two\nlines\"\n6,u1,\xff\n7,u1,\"open\n8,u1,z\n",
			want:    []string{`user_id:u1 e#4 {"a":"a\"b"}`, `user_id:u1 e#5 {"a":"two\nlines"}`, `user_id:u1 e#8 {"a":"z"}`},
			refused: []string{"2  1,u1 row.cells", "3  2,u1,x,y row.cells", "4  3,u1,\"x\"y row.quote", "9  6,u1,\xff row.utf8", "10  7,u1,\"open row.quote"},
		},
		{
			name: "another separator and quote", mapping: head + "event: e\nid: id\nproperties: all\ncsv: {separator: ';', quote: \"'\", columns: [id, user, a], skip_lines: 2, trim: false}", format: "csv",
			rows: "# a comment\n\n1;u1;'x;''y'\n2;u1; \"z\"\n", want: []string{`user_id:u1 e#1 {"a":"x;'y"}`, `user_id:u1 e#2 {"a":" \"z\""}`},
		},
		{
			name: "tabs without quotes", mapping: head + "event: e\nid: id\nproperties: all\ncsv: {quote: none}", format: "tsv",
			rows: "id\tuser\ta\r\n1\tu1\t\"x\r\n", want: []string{`user_id:u1 e#1 {"a":"\"x"}`},
		},
		{
			name: "JSON lines", mapping: "source: s\nidentities: {user_id: user.id, buyer_id: [a.b, c]}\nevent: {column: type}\nid: id\ntime: ts\nproperties: {amount: order.total, city: user.city}", format: "jsonl",
			rows: `{"id":1,"type":"pay","ts":1714521600,"user":{"id":7,"city":"北京"},"order":{"total":1.50},"a.b":{"c":"x"}}` + "\n\n" +
				` {"order":{"total":[1]},"id":"2","type":"pay","ts":"2024-05-01","user":{"id":"7"}} ` + "\n",
			want: []string{
				`2024-05-01T00:00:00.000Z user_id:7,buyer_id:x pay#1 {"amount":1.50,"city":"北京"}`,
				`2024-04-30T16:00:00.000Z user_id:7 pay#2 {"amount":[1]}`,
			},
		},
		{
			name: "broken JSON lines", mapping: head + "event: e\nproperties: all", format: "jsonl",
			rows:    "{\"user\":\"u1\"\n[1]\n{\"user\":{\"x\":1}}\n{\"user\":\"u1\",\"b\":1,\"user\":\"u2\"}\n{\"user\":\"\xff\"}",
			want:    []string{`user_id:u2 e#e591 {"b":1}`},
			refused: []string{"1  {\"user\":\"u1\" row.json", "2  [1] row.not_object", "3 user  row.no_identity", "5  {\"user\":\"\xff\"} row.json"},
		},
		{
			name: "all of an object, null included", mapping: head + "id: id\nattributes: {'*': traits, source: {value: crm}}", format: "jsonl",
			rows: `{"id":"1","user":"u1","traits":{"city":null,"age":30,"source":"x"}}` + "\n" + `{"id":"2","user":"u1","traits":5}` + "\n" + `{"id":"3","user":"u1"}`,
			want: []string{`user_id:u1 $identify#1 {"source":"crm","city":null,"age":30}`, `user_id:u1 $identify#3 {"source":"crm"}`}, refused: []string{"2 traits 5 row.not_object"},
		},
		{
			name:    "calls of a tracking API as lines",
			mapping: "source: s\nidentities: {user_id: userId, anonymous_id: anonymousId}\ntime: timestamp\nid: messageId\nevent: {when: [{if: {column: type, equals: track}, type: none}], default: none}\nattributes: {'*': traits}", format: "jsonl",
			rows: `{"type":"track","event":"x","userId":"u","messageId":"1","timestamp":"2024-05-01T00:00:00Z"}` + "\n" +
				`{"type":"identify","userId":"u","anonymousId":"a","messageId":"2","timestamp":"2024-05-01T00:00:00Z","traits":{"vip":true}}`,
			want: []string{`user_id:u,anonymous_id:a $identify#2 {"vip":true}`}, skipped: 1,
		},
		{
			name: "aliases of well-known events", mapping: head + "event: {column: event}\nid: id\nproperties: {'*': properties}", format: "jsonl",
			rows: `{"id":"1","user":"u1","event":"Order Completed","properties":{"total":"128.50"}}`, want: []string{`user_id:u1 order.paid#1 {"amount_fen":12850}`},
		},
		{
			name: "too much", mapping: head + "event: e\nid: id\nproperties: all", format: "jsonl",
			rows:    `{"id":"1","user":"u1","a":[1` + strings.Repeat(",1", 20_000) + "]}\n" + `{"id":"` + strings.Repeat("y", 300) + `","user":"u1"}` + "\n" + `{"id":"3","user":"` + strings.Repeat("z", 300) + `"}`,
			refused: []string{"1   ingest.too_many", "2   ingest.id_too_long", "3   ingest.identity"},
		},
		{
			name: "a line beyond all bounds", mapping: head + "event: e\nid: id", format: "jsonl",
			rows: `{"id":"1","user":"` + strings.Repeat("x", 3<<20) + "\"}\n" + `{"id":"2","user":"u1"}`,
			want: []string{`user_id:u1 e#2 {}`}, refused: []string{"1  {\"id\":\"1\",\"user\":\"xxxx row.too_long"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			r := b.run(b.options(b.write("rows."+c.format, c.rows), c.mapping))
			got := b.engine.events()
			for i := range got {
				if i >= len(c.want) || !strings.HasPrefix(c.want[i], "2024-") {
					_, got[i], _ = strings.Cut(got[i], " ")
				}
				got[i] = shortID(got[i])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("events\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			var refused []string
			for _, x := range r.Refusals {
				val := x.Value
				if len(val) > 100 {
					val = val[:22]
				}
				refused = append(refused, fmt.Sprintf("%d %s %s %s", x.Row, x.Column, val, x.Code))
			}
			if !slices.Equal(refused, c.refused) {
				t.Errorf("refused %q\nwant %q", refused, c.refused)
			}
			if r.Skipped != c.skipped || r.Refused != int64(len(refused)) {
				t.Errorf("skipped %d, refused %d rows", r.Skipped, r.Refused)
			}
		})
	}
}

// shortID shortens the hash of a derived id to four digits.
func shortID(s string) string {
	at := strings.IndexByte(s, '#') + 1
	if len(s) < at+33 || s[at+32] != ' ' && s[at+32] != '#' || strings.Trim(s[at:at+32], "0123456789abcdef") != "" {
		return s
	}
	return s[:at+4] + s[at+32:]
}

func TestPackingsAndEncodings(t *testing.T) {
	text := "id,user,city\n1,u1,北京\n2,u2,上海\n"
	want := []string{`user_id:u1 e#1 {"city":"北京"}`, `user_id:u2 e#2 {"city":"上海"}`}
	gb := "id,user,city\n1,u1,\xb1\xb1\xbe\xa9\n2,u2,\xc9\xcf\xba\xa3\n"
	utf16 := "\xff\xfe"
	for _, r := range text {
		utf16 += string([]byte{byte(r), byte(r >> 8)})
	}
	cases := []struct{ name, content, csv string }{
		{"plain.csv", text, ""},
		{"bom.csv", "\ufeff" + text, ""},
		{"crlf.csv", strings.ReplaceAll(text, "\n", "\r\n"), ""},
		{"noend.csv", strings.TrimSuffix(text, "\n"), ""},
		{"packed.csv.gz", text, ""},
		{"packed by content.csv", string(gz(t, []byte(text))), ""},
		{"gbk.csv", gb, ""},
		{"gbk packed.csv.gz", gb, ""},
		{"gbk named.csv", gb, "csv: {encoding: gb18030}"},
		{"utf16.csv", utf16, ""},
		{"utf16 named.csv", utf16[2:], "csv: {encoding: utf-16}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t)
			r := b.run(b.options(b.write(c.name, c.content), head+"event: e\nid: id\nproperties: all\n"+c.csv))
			got := b.engine.events()
			for i := range got {
				_, got[i], _ = strings.Cut(got[i], " ")
			}
			if !slices.Equal(got, want) || r.Refused != 0 {
				t.Errorf("events %q, refused %v", got, r.Refusals)
			}
		})
	}
	t.Run("standard input", func(t *testing.T) {
		b := setup(t)
		o := b.options(importer.Stdin, head+"event: e\nid: id\nformat: csv\nproperties: all\n")
		o.Stdin = strings.NewReader(string(gz(t, []byte(text))))
		if r := b.run(o); r.Accepted != 2 || len(b.imports.list) != 0 {
			t.Errorf("report %+v, imports %v", r, b.imports.list)
		}
	})
}
