package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// result is what a command came to.
type result struct {
	code     int
	out, err string
}

func command(t *testing.T, ctx context.Context, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(ctx, args, strings.NewReader(stdin), &out, &errs)
	return result{code, out.String(), errs.String()}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const (
	goodRules = "rules:\n  - {tag: 行为/复购, when: {event: order.paid, count: {gte: 2}}}\n"
	badRules  = "rules:\n  - {tag: 行为/复购, when: {event: order.paid, cuont: {gte: 2}}}\n  - {tag: 行为/新, when: {tag: 没有}}\n"
	mapping   = "source: shop\nidentities: {user_id: user}\nevent: order.paid\ntime: {column: at}\nid: id\n"
	orders    = "id,user,at\n1,u1,2026-01-01T10:00:00Z\n2,u1,2026-01-02T10:00:00Z\n"
	badOrders = "id,user,at\n3,u2,yesterday\n4,u2,2026-01-02T10:00:00Z\n"
)

func TestCommands(t *testing.T) {
	t.Setenv("EARMARK_LANG", "")
	t.Setenv("LC_ALL", "en_US.UTF-8")
	good, bad := write(t, "good.yaml", goodRules), write(t, "bad.yaml", badRules)
	config := write(t, "config.yaml", "listn: 127.0.0.1:1\nzone: Mars\n")
	missing := filepath.Join(t.TempDir(), "missing")
	cases := []struct {
		name     string
		args     []string
		code     int
		out, err []string
	}{
		{"nothing shows the help", nil, 0, []string{"rules check", "Earmark keeps the tags"}, nil},
		{"help in Chinese", []string{"--lang=zh", "--help"}, 0, []string{"启动服务"}, nil},
		{"help of a command", []string{"import", "--help"}, 0, []string{"--mapping", "--clock"}, nil},
		{"the version", []string{"version"}, 0, []string{"earmark dev"}, nil},
		{"no such command", []string{"srve"}, 2, nil, []string{"serve", "→ see earmark --help"}},
		{"a flag that is missing", []string{"import", "x.csv"}, 2, nil, []string{"--mapping"}},
		{"a configuration with faults", []string{"serve", "-c", config, "--listen", ":1"}, 2, nil,
			[]string{"listn", `did you mean "listen"`, "zone", "Mars", "--listen", "allow_remote", "→"}},
		{"good rules", []string{"rules", "check", good}, 0, []string{"1 rules, no faults", "复购: "}, nil},
		{"bad rules", []string{"rules", "check", good, bad}, 1, []string{bad + ":2:", `did you mean "count"`, bad + ":3:"}, nil},
		{"bad rules for programs", []string{"rules", "check", "--format", "json", bad}, 1, []string{`"code": "expr.unknown_key"`, `"line": 2`, `"line": 3`}, nil},
		{"rules that are not there", []string{"rules", "check", missing}, 3, nil, []string{"there is no file"}},
		{"rules in Chinese words", []string{"--lang", "zh", "rules", "check", bad}, 1, []string{"是不是想写“count”"}, nil},
		{"a store that is not there", []string{"verify", "-d", missing}, 3, nil, []string{"there is no store", "→"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := command(t, t.Context(), "", c.args...)
			if r.code != c.code {
				t.Errorf("exit code %d, want %d", r.code, c.code)
			}
			for _, has := range c.out {
				if !strings.Contains(r.out, has) {
					t.Errorf("%q is not in the output:\n%s", has, r.out)
				}
			}
			for _, has := range c.err {
				if !strings.Contains(r.err, has) {
					t.Errorf("%q is not in the errors:\n%s", has, r.err)
				}
			}
			if c.err == nil && r.err != "" {
				t.Errorf("errors: %s", r.err)
			}
		})
	}
}

func TestScenariosFromFilesAndStandardInput(t *testing.T) {
	t.Setenv("EARMARK_LANG", "en")
	scenario := func(expected string) string {
		return `{"name": "x", "rule": {"event": "order.paid", "count": {"gte": 2}}, "steps": [
			{"at": "2026-01-01T00:00:00Z", "customer": "c1", "event": "order.paid", "times": 2}, {"at": "2026-01-02T00:00:00Z", "expect": {"c1": ` + expected + `}}]}`
	}
	if r := command(t, t.Context(), "", "rules", "test", write(t, "s.json", scenario("true"))); r.code != 0 || !strings.Contains(r.out, "all as expected") {
		t.Errorf("a scenario that holds: %+v", r)
	}
	if r := command(t, t.Context(), scenario("false"), "rules", "test", "--format", "json", "-"); r.code != 1 || !strings.Contains(r.out, `"ok":false`) {
		t.Errorf("a scenario that fails: %+v", r)
	}
	if r := command(t, t.Context(), scenario("true"), "rules", "test", "--format", "json"); r.code != 0 || !strings.Contains(r.out, `"ok":true`) {
		t.Errorf("a scenario from standard input: %+v", r)
	}
}

// A store is made, loaded, checked, and held by one process at a time.
func TestAStoreFromRulesToVerify(t *testing.T) {
	t.Setenv("EARMARK_LANG", "en")
	t.Setenv("EARMARK_DATA_DIR", filepath.Join(t.TempDir(), "store"))
	t.Setenv("EARMARK_LOG_LEVEL", "error")
	ok := func(has string, args ...string) {
		t.Helper()
		if r := command(t, t.Context(), "", args...); r.code != 0 || !strings.Contains(r.out, has) {
			t.Fatalf("%v: %+v", args, r)
		}
	}
	m, csv, faulty := write(t, "m.yaml", mapping), write(t, "orders.csv", orders), write(t, "faulty.csv", badOrders)
	ok("Generation 1 is in force: 1 rules", "rules", "publish", write(t, "r.yaml", goodRules))
	if r := command(t, t.Context(), "", "rules", "publish", write(t, "b.yaml", badRules)); r.code != 1 || !strings.Contains(r.out, "b.yaml:2:") {
		t.Errorf("publishing bad rules: %+v", r)
	}
	ok("nothing was written", "import", "-m", m, "--clock", "event", "--dry-run", csv)
	ok("accepted: 2", "import", "-m", m, "--clock", "event", csv)
	ok("accepted: 0", "import", "-m", m, "--clock", "event", csv)
	refused := filepath.Join(t.TempDir(), "refused.csv")
	if r := command(t, t.Context(), "", "import", "-m", m, "--clock", "event", "--errors", refused, faulty); r.code != 1 || !strings.Contains(r.out, "rows refused: 1") {
		t.Errorf("a file with a bad row: %+v", r)
	}
	if text, err := os.ReadFile(refused); err != nil || !strings.Contains(string(text), "yesterday") {
		t.Errorf("refused rows: %q, %v", text, err)
	}
	if r := command(t, t.Context(), "", "import", "-m", m, csv); r.code != 4 || !strings.Contains(r.err, "--clock event") {
		t.Errorf("importing by the wall clock before going live: %+v", r)
	}
	ok("0 differences", "verify")
	serving, stop := context.WithCancel(t.Context())
	defer stop()
	var meanwhile, elsewhere result
	out, errs := &stopper{word: "Earmark serves http://127.0.0.1:", then: func(text string) {
		meanwhile = command(t, t.Context(), "", "verify")
		_, address, _ := strings.Cut(strings.TrimSpace(text), "http://")
		address, _, _ = strings.Cut(address, "\n")
		elsewhere = command(t, t.Context(), "", "serve", "--listen", address, "-d", t.TempDir())
		stop()
	}}, &bytes.Buffer{}
	if code := run(serving, []string{"serve", "--listen", "127.0.0.1:0"}, strings.NewReader(""), out, errs); code != 0 {
		t.Errorf("serving until told to stop: exit code %d: %s%s", code, out.text, errs)
	}
	if meanwhile.code != 4 || !strings.Contains(meanwhile.err, "→ another earmark uses this folder") {
		t.Errorf("a second process on the store: %+v", meanwhile)
	}
	if elsewhere.code != 5 || !strings.Contains(elsewhere.err, "→ the port is in use") {
		t.Errorf("a second server on the port: %+v", elsewhere)
	}
	if r := command(t, t.Context(), "", "import", "-m", m, "--clock", "event", csv); r.code != 4 || !strings.Contains(r.err, "gone live") {
		t.Errorf("an initial load after going live: %+v", r)
	}
	ok("0 differences", "verify")
}

// stopper acts once a word was written.
type stopper struct {
	word string
	then func(text string)
	text string
	done bool
}

func (s *stopper) Write(p []byte) (int, error) {
	if s.text += string(p); !s.done && strings.Contains(s.text, s.word) {
		s.done = true
		s.then(s.text)
	}
	return len(p), nil
}
