package ingest_test

import (
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/value"
)

// js is a value from its JSON.
func js(t testing.TB, s string) value.Value {
	t.Helper()
	v, err := value.ParseJSONText(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

func TestConversions(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	form := func(f ingest.Form) ingest.Conversion { return ingest.Conversion{Form: f} }
	round := func(r ingest.Rounding) ingest.Conversion { return ingest.Conversion{Form: ingest.AsFen, Round: r} }
	at := func(layout string) ingest.Conversion {
		return ingest.Conversion{Form: ingest.AsTime, Time: ingest.TimeForm{Layout: layout, Zone: shanghai}}
	}
	jaNein := form(ingest.AsBool)
	jaNein.BoolWords([]string{"ja"}, []string{"nein"})
	cases := []struct {
		name    string
		conv    ingest.Conversion
		in, out string // out "": refused
	}{
		{"as sent keeps everything", form(ingest.AsSent), `{"a":[1.50,"x"]}`, `{"a":[1.50,"x"]}`},
		{"absent stays absent", form(ingest.AsInt), `null`, `null`},
		{"empty text stays absent", form(ingest.AsFen), `""`, `""`},
		{"number to text", form(ingest.AsText), `13800000000`, `"13800000000"`},
		{"bool to text", form(ingest.AsText), `true`, `"true"`},
		{"object to text", form(ingest.AsText), `{}`, ``},
		{"text to int", form(ingest.AsInt), `"42"`, `42`},
		{"whole decimal to int", form(ingest.AsInt), `3.0`, `3`},
		{"fraction to int", form(ingest.AsInt), `3.5`, ``},
		{"word to int", form(ingest.AsInt), `"many"`, ``},
		{"text to decimal keeps the scale", form(ingest.AsDecimal), `"1.50"`, `1.50`},
		{"yuan text to fen", form(ingest.AsFen), `"128.50"`, `12850`},
		{"yuan number to fen", form(ingest.AsFen), `128.5`, `12850`},
		{"whole yuan to fen", form(ingest.AsFen), `128`, `12800`},
		{"negative yuan to fen", form(ingest.AsFen), `"-0.05"`, `-5`},
		{"large yuan to fen", form(ingest.AsFen), `"90071992547409.93"`, `9007199254740993`},
		{"part of a fen stays exact", form(ingest.AsFen), `"1.005"`, `100.5`},
		{"part of a fen refused", round(ingest.Refuse), `"1.005"`, ``},
		{"half up", round(ingest.HalfUp), `"1.005"`, `101`},
		{"half up below zero", round(ingest.HalfUp), `"-1.005"`, `-101`},
		{"half even down", round(ingest.HalfEven), `"1.005"`, `100`},
		{"half even up", round(ingest.HalfEven), `"1.015"`, `102`},
		{"nearest", round(ingest.HalfEven), `"0.0149"`, `1`},
		{"tiny", round(ingest.HalfUp), `1e-300`, `0`},
		{"huge", form(ingest.AsFen), `1e300`, ``},
		{"not an amount", form(ingest.AsFen), `"free"`, ``},
		{"strip currency and thousands", ingest.Conversion{Form: ingest.AsFen, Strip: "¥, "}, `"¥ 1,234.50"`, `123450`},
		{"bool words", form(ingest.AsBool), `"是"`, `true`},
		{"bool digits", form(ingest.AsBool), `0`, `false`},
		{"bool case and blanks", form(ingest.AsBool), `" TRUE "`, `true`},
		{"bool stays", form(ingest.AsBool), `false`, `false`},
		{"bool unknown", form(ingest.AsBool), `"maybe"`, ``},
		{"own bool words", jaNein, `"Nein"`, `false`},
		{"own bool words replace the usual", jaNein, `"no"`, ``},
		{"list cut and trimmed", form(ingest.AsList), `"母婴, 美妆 ,,3C"`, `["母婴","美妆","3C"]`},
		{"list with another separator", ingest.Conversion{Form: ingest.AsList, Cut: "|"}, `"a|b,c"`, `["a","b,c"]`},
		{"list stays", form(ingest.AsList), `[1]`, `[1]`},
		{"json text", form(ingest.AsJSON), `"{\"a\":1}"`, `{"a":1}`},
		{"bad json text", form(ingest.AsJSON), `"{a"`, ``},
		{"time in the zone", at(ingest.Auto), `"2024-03-01 08:00:00"`, `"2024-03-01T00:00:00.000Z"`},
		{"date stays a date", at(ingest.Auto), `"2024-03-01"`, `"2024-03-01"`},
		{"epoch seconds", at(ingest.Unix), `"1709251200.5"`, `"2024-03-01T00:00:00.500Z"`},
		{"epoch milliseconds", at(ingest.UnixMilli), `1709251200500`, `"2024-03-01T00:00:00.500Z"`},
		{"layout with date and time", at("2006-01-02 15:04:05"), `"2024-03-01 08:00:00"`, `"2024-03-01T00:00:00.000Z"`},
		{"layout is strict", at("2006-01-02 15:04:05"), `"2024-03-01"`, ``},
		{"layout of a date", at("2006/1/2"), `"2024/3/1"`, `"2024-03-01"`},
		{"layout with hours", at("02.01.2006 15:04"), `"01.03.2024 08:00"`, `"2024-03-01T00:00:00.000Z"`},
		{"no time", at(ingest.Auto), `"yesterday"`, ``},
		{"time far away", at(ingest.Unix), `1e15`, ``},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := c.conv.Apply(js(t, c.in))
			if ok != (c.out != "") {
				t.Fatalf("ok = %v, value %s", ok, got)
			}
			if ok && !value.Same(got, js(t, c.out)) {
				t.Errorf("%s, want %s", got, c.out)
			}
		})
	}
}
