package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"regexp"

	"github.com/earmarkhq/earmark/internal/fault"
)

// request is what the chain knows about a request; handlers reach it through the context.
type request struct {
	id      string
	lang    fault.Lang
	key     string // id of the API key, for the log and as the actor of what it writes; "" before sign-in
	keyName string // its name: who states a tag where the request does not say
	route   string // pattern that matched, for log and metrics: paths carry ids
	err     error  // why the answer is 5xx
}

type requestKey struct{}

// requestOf is never nil: a context from elsewhere gives an empty request in Chinese.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{lang: fault.ZH}
}

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// newRequest takes the caller's X-Request-Id if it is a harmless one.
func newRequest(r *http.Request, lang fault.Lang) *request {
	req := &request{id: r.Header.Get("X-Request-Id"), lang: lang}
	if !requestIDForm.MatchString(req.id) {
		req.id = randomID(12)
	}
	if l, ok := fault.ParseLang(r.Header.Get("Accept-Language")); ok {
		req.lang = l
	}
	return req
}

// randomID is n random bytes as URL-safe text.
func randomID(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}
