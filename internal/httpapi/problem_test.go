package httpapi

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/earmarkhq/earmark/internal/fault"
)

func TestErrorsBecomeProblems(t *testing.T) {
	two := fault.List{fault.Invalid("http.id", "value", "x").At("a", 1, 2), fault.Invalid("http.time", "value", "y").At("b", 3, 4).WithSuggestion("z")}
	cases := []struct {
		name   string
		err    error
		status int
		code   string
		errors int
	}{
		{"invalid", fault.Invalid("http.id", "value", "x"), 422, "http.id", 0},
		{"invalid at a place", fault.Invalid("http.id", "value", "x").At("path.id", 0, 0), 422, "http.id", 1},
		{"wrapped", fmt.Errorf("find: %w", fault.NotFound("http.no_route", "path", "/")), 404, "http.no_route", 0},
		{"conflict", fault.Conflict("http.own_key"), 409, "http.own_key", 0},
		{"no key", fault.Forbidden("http.no_key"), 401, "http.no_key", 0},
		{"wrong role", fault.Forbidden("http.role", "role", "admin", "has", "reader"), 403, "http.role", 0},
		{"busy", fault.RateLimited("http.timed_out"), 429, "http.timed_out", 0},
		{"away", fault.Unavailable("http.stopped"), 503, "http.stopped", 0},
		{"all faults of a document", two.Err(), 422, "http.faults", 2},
		{"a list of one", fault.List{two[0]}.Err(), 422, "http.id", 1},
		{"an error of no kind", errors.New("disk on fire"), 500, "fault.unexpected", 0},
		{"time ran out", fmt.Errorf("read: %w", context.DeadlineExceeded), 503, "http.timed_out", 0},
		{"the caller left", context.Canceled, 503, "http.stopped", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			req := &request{id: "r1", lang: fault.EN}
			p := problemOf(context.WithValue(context.Background(), requestKey{}, req), c.err)
			if p.Status != c.status || p.Code != c.code || len(p.Errors) != c.errors {
				t.Errorf("problem %d %s with %d errors, want %d %s with %d", p.Status, p.Code, len(p.Errors), c.status, c.code, c.errors)
			}
			if p.Type != "urn:earmark:problem:"+c.code || p.RequestID != "r1" || p.Title == "" || p.Detail == "" {
				t.Errorf("problem %+v", p)
			}
			if (req.err != nil) != (c.status >= 500) {
				t.Errorf("for the log: %v", req.err)
			}
		})
	}
}

func TestProblemsSpeakTheCallersLanguage(t *testing.T) {
	err := fault.List{fault.Invalid("http.id", "value", "x").At("a", 1, 2).WithSuggestion("7"), fault.Invalid("http.id", "value", "y")}.Err()
	for lang, want := range map[fault.Lang][2]string{
		fault.ZH: {"有 2 处错误", "“x”不是编号（是不是想写“7”？）"},
		fault.EN: {"there are 2 faults", `"x" is no id (did you mean "7"?)`},
	} {
		p := problemOf(context.WithValue(context.Background(), requestKey{}, &request{lang: lang}), err)
		if p.Detail != want[0] || p.Errors[0].Detail != want[1] || p.Errors[0].Line != 1 || p.Errors[0].Suggest != "7" {
			t.Errorf("%s: %q, %+v", lang, p.Detail, p.Errors[0])
		}
	}
}
