package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/earmarkhq/earmark/internal/fault"
)

// Problem is an error on the wire: RFC 9457 with the members code, args, errors and request_id.
type Problem struct {
	Type      string     `json:"type" format:"uri" doc:"urn:earmark:problem: and the code" example:"urn:earmark:problem:tag.not_found"`
	Title     string     `json:"title" doc:"The status in words" example:"Not Found"`
	Status    int        `json:"status" doc:"The HTTP status" example:"404"`
	Code      string     `json:"code" doc:"Stable name of the error; what programs compare" example:"tag.not_found"`
	Args      fault.Args `json:"args,omitempty" doc:"What the sentence names"`
	Detail    string     `json:"detail" doc:"A sentence for people, in the language of Accept-Language (zh or en)"`
	Errors    []Item     `json:"errors,omitempty" doc:"All faults of the document or request, in order of their places"`
	RequestID string     `json:"request_id,omitempty" doc:"What the log calls this request"`

	cause error // for the log
}

// Item is one fault of a document or request.
type Item struct {
	Code    string     `json:"code" example:"expr.unknown_key"`
	Args    fault.Args `json:"args,omitempty"`
	Detail  string     `json:"detail" doc:"A sentence for people"`
	Path    string     `json:"path,omitempty" doc:"The node of the document or the part of the request" example:"rules[0].when.all[1]"`
	Line    int        `json:"line,omitempty" doc:"From 1"`
	Column  int        `json:"column,omitempty" doc:"From 1, in characters"`
	Suggest string     `json:"suggest,omitempty" doc:"What was probably meant"`
}

// Error makes a Problem an error: its English or Chinese detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// Unwrap is the error that the problem was made from.
func (p *Problem) Unwrap() error { return p.cause }

// ContentType is the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are the headers that go with the status.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="earmark"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", retryAfter)
	}
	return h
}

// retryAfter is the number of seconds after which a caller should come again.
const retryAfter = "2"

// statusOf is the table of kinds. Two codes of the kind forbidden differ: a caller without a
// valid key is asked for one.
func statusOf(e *fault.Error) int {
	switch e.Kind {
	case fault.KindInvalid:
		return http.StatusUnprocessableEntity
	case fault.KindNotFound:
		return http.StatusNotFound
	case fault.KindConflict:
		return http.StatusConflict
	case fault.KindForbidden:
		if e.Code == "http.no_key" || e.Code == "http.unknown_key" {
			return http.StatusUnauthorized
		}
		return http.StatusForbidden
	case fault.KindRateLimited:
		return http.StatusTooManyRequests
	case fault.KindUnavailable:
		return http.StatusServiceUnavailable
	case fault.KindInternal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// problemOf turns any error into a problem in the language of the request.
func problemOf(ctx context.Context, err error) *Problem {
	req := requestOf(ctx)
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = fault.Unavailable("http.timed_out").Wrap(err)
	case errors.Is(err, context.Canceled):
		err = fault.Unavailable("http.stopped").Wrap(err)
	}
	all := fault.All(err)
	first := all[0]
	p = &Problem{Status: statusOf(first), Code: first.Code, Args: first.Args, Detail: first.Text(req.lang), cause: err}
	var list fault.List
	if errors.As(err, &list) || first.Path != "" || first.Line > 0 {
		p.Errors = itemsOf(all, req.lang)
	}
	if len(all) > 1 {
		many := fault.Invalid("http.faults", "count", len(all))
		p.Code, p.Args, p.Detail = many.Code, many.Args, many.Text(req.lang)
	}
	return p.finish(req)
}

// finish fills what follows from status, code and request.
func (p *Problem) finish(req *request) *Problem {
	p.Type = "urn:earmark:problem:" + p.Code
	p.Title = http.StatusText(p.Status)
	p.RequestID = req.id
	if p.Status >= http.StatusInternalServerError {
		req.err = p.cause
	}
	return p
}

func itemsOf(list fault.List, lang fault.Lang) []Item {
	items := make([]Item, len(list))
	for i, e := range list {
		items[i] = Item{Code: e.Code, Args: e.Args, Detail: e.Text(lang), Path: e.Path, Line: e.Line, Column: e.Col, Suggest: e.Suggest}
	}
	return items
}

// writeProblem answers outside of huma: no route, no key, a panic.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	writeStatus(w, problemOf(r.Context(), err))
}

func writeStatus(w http.ResponseWriter, p *Problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // the status is out; a client that went away gets nothing
}

// The library has one pair of package variables for its errors and no other way to set them.
var _ = func() struct{} {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(&request{lang: fault.ZH}, status, msg, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return humaProblem(requestOf(ctx.Context()), status, msg, errs)
	}
	return struct{}{}
}()

// humaProblem is what huma itself found wrong with a request: parameters and bodies that do not
// fit their schema. The values are not echoed.
func humaProblem(req *request, status int, msg string, errs []error) *Problem {
	var list fault.List
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			detail := d.ErrorDetail()
			list = append(list, fault.Invalid("http.value", "where", detail.Location, "problem", detail.Message).At(detail.Location, 0, 0))
			continue
		}
		list.Add(err)
	}
	top := fault.Invalid("http.request", "problem", msg)
	switch {
	case status == http.StatusRequestEntityTooLarge:
		top = fault.Invalid("http.too_large")
	case status == http.StatusRequestTimeout:
		top = fault.Invalid("http.slow_body")
	case strings.HasPrefix(msg, "validation failed") && len(list) == 1:
		top = list[0]
	case strings.HasPrefix(msg, "validation failed"):
		top = fault.Invalid("http.faults", "count", len(list))
	}
	p := &Problem{Status: status, Code: top.Code, Args: top.Args, Detail: top.Text(req.lang), Errors: itemsOf(list, req.lang)}
	return p.finish(req)
}

var _ = fault.Register(fault.Messages{
	"http.no_key":      {ZH: "请求没有带接口密钥：请加上请求头 Authorization: Bearer em_…", EN: "the request carries no API key; add the header Authorization: Bearer em_…"},
	"http.unknown_key": {ZH: "接口密钥不存在或已停用", EN: "the API key does not exist or was revoked"},
	"http.no_route":    {ZH: "没有这个地址：{path}", EN: "there is nothing at {path}"},
	"http.method":      {ZH: "{path} 不支持 {method}，可用：{allow}", EN: "{path} does not take {method}, but {allow}"},
	"http.panic":       {ZH: "程序出错，请把 request_id 告诉维护者", EN: "the program failed; tell its maintainers the request_id"},
	"http.timed_out":   {ZH: "处理超时，请稍后再试", EN: "this took too long; try again later"},
	"http.stopped":     {ZH: "请求被中断，请重试", EN: "the request was cut off; repeat it"},
	"http.faults":      {ZH: "有 {count} 处错误", EN: "there are {count} faults"},
	"http.value":       {ZH: "{where}：{problem}", EN: "{where}: {problem}"},
	"http.request":     {ZH: "请求无法读取：{problem}", EN: "the request can not be read: {problem}"},
	"http.too_large":   {ZH: "请求体太大", EN: "the request body is too large"},
	"http.slow_body":   {ZH: "请求体发送得太慢", EN: "the request body came too slowly"},
	"http.cursor":      {ZH: "游标无效：请原样使用上一页给出的 next_cursor", EN: "the cursor is not valid; pass next_cursor of the page before as it is"},
	"http.time":        {ZH: "“{value}”不是 RFC 3339 时间", EN: "\"{value}\" is no RFC 3339 time"},
	"http.id":          {ZH: "“{value}”不是编号", EN: "\"{value}\" is no id"},
})
