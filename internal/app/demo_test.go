package app_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/earmarkhq/earmark/internal/app"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/config"
	"github.com/earmarkhq/earmark/internal/fault"
)

// The first run loads the sample and shows it; the second uses the same store and key; what it tells
// people to try works.
func TestDemoTwice(t *testing.T) {
	cfg := config.Default()
	cfg.DataDir, cfg.Listen = t.TempDir(), "127.0.0.1:0"
	now := clock.NewManual(start)
	out := &syncBuffer{}
	env := &app.Env{Version: "test", Lang: fault.ZH, Clock: now, In: strings.NewReader(""), Out: out, Err: io.Discard}
	if err := app.Demo(t.Context(), cfg, env, app.DemoOptions{NoServe: true}); err != nil {
		t.Fatal(err)
	}
	first := out.String()
	for _, has := range []string{"新接收: 22,190", "拒收行数: 0", "共 4372 位客户", "会员等级", "█", "几位客户，以及原因", " 起，最早 ", "接下来到期的标签"} {
		if !strings.Contains(first, has) {
			t.Errorf("%q is not in\n%s", has, first)
		}
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	shown := make(chan string, 1)
	env.Out = &waiting{word: "Ctrl-C", found: shown}
	done := make(chan error, 1)
	go func() { done <- app.Demo(ctx, cfg, env, app.DemoOptions{}) }()
	second := ""
	select {
	case second = <-shown:
	case err := <-done:
		t.Fatalf("the second run ended: %v", err)
	}
	if strings.Contains(second, "新接收") {
		t.Error("the second run loaded again")
	}
	if _, counts, _ := strings.Cut(first, "共 4372"); !strings.Contains(second, counts[:200]) {
		t.Errorf("the second run shows something else:\n%s", second)
	}
	calls := regexp.MustCompile(`(?m)^  curl .*$`).FindAllString(second, -1)
	if len(calls) != 4 {
		t.Fatalf("calls to try: %q", calls)
	}
	for _, call := range calls {
		if status := curl(t, call); status != http.StatusOK {
			t.Errorf("%s: %d", call, status)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("stopping: %v", err)
	}
}

// waiting hands over all that was written when a word appears.
type waiting struct {
	syncBuffer
	word  string
	found chan string
}

func (w *waiting) Write(p []byte) (int, error) {
	n, err := w.syncBuffer.Write(p)
	if s := w.String(); strings.Contains(s, w.word) {
		select {
		case w.found <- s:
		default:
		}
	}
	return n, err
}

var curlWords = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`)

// curl does what the command line would.
func curl(t *testing.T, line string) int {
	t.Helper()
	method, url, body, user, header := "GET", "", "", "", ""
	words := curlWords.FindAllString(line, -1)
	for i := 1; i < len(words); i++ {
		switch arg := strings.Trim(words[min(i+1, len(words)-1)], `'"`); words[i] {
		case "-H":
			header, i = arg, i+1
		case "-d":
			method, body, i = "POST", arg, i+1
		case "-u":
			user, i = arg, i+1
		default:
			url = strings.Trim(words[i], `'"`)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if name, val, ok := strings.Cut(header, ": "); ok {
		r.Header.Set(name, val)
	}
	if name, password, ok := strings.Cut(user, ":"); ok {
		r.SetBasicAuth(name, password)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}
