package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/fault"
)

// Short names of the roles, for the route tables.
const (
	reader = catalog.RoleReader
	editor = catalog.RoleEditor
	admin  = catalog.RoleAdmin
)

// Kinds of keys: what stands before their underscore.
const (
	APIKeyKind   = "em"
	WriteKeyKind = "wk"
)

// signIn finds whose key a request carries and whether its role allows the operation.
func (s *server) signIn(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		req := requestOf(ctx.Context())
		req.route = ctx.Operation().Path
		if err := s.allow(ctx, req); err != nil {
			p := problemOf(ctx.Context(), err)
			for name, values := range p.GetHeaders() {
				ctx.SetHeader(name, values[0])
			}
			ctx.SetHeader("Content-Type", p.ContentType(""))
			ctx.SetStatus(p.Status)
			_ = api.Marshal(ctx.BodyWriter(), "application/json", p) // the status is out
			return
		}
		next(ctx)
	}
}

func (s *server) allow(ctx huma.Context, req *request) error {
	role, ok := ctx.Operation().Metadata["role"].(catalog.Role)
	if !ok {
		return fault.Internal("http.panic") // an operation was registered past add
	}
	return s.allowKey(ctx.Context(), ctx.Header("Authorization"), role, req)
}

// allowKey checks the Authorization header of any route that asks for a role.
func (s *server) allowKey(ctx context.Context, header string, role catalog.Role, req *request) error {
	secret, ok := bearer(header)
	if !ok {
		return fault.Forbidden("http.no_key")
	}
	k, ok, err := s.Catalog.APIKeyByHash(ctx, catalog.HashSecret(secret))
	if err != nil {
		return err
	}
	if !ok {
		return fault.Forbidden("http.unknown_key")
	}
	req.key, req.keyName = wireID(k.ID), k.Name
	if rank(k.Role) < rank(role) {
		return fault.Forbidden("http.role", "role", string(role), "has", string(k.Role))
	}
	return s.Catalog.TouchAPIKey(ctx, k.ID, clock.Millis(s.Clock))
}

func rank(r catalog.Role) int { return slices.Index([]catalog.Role{reader, editor, admin}, r) }

// by is who makes a change through this request.
func (s *server) by(ctx context.Context) catalog.By {
	return catalog.By{Actor: "key " + requestOf(ctx).key, At: clock.Millis(s.Clock)}
}

// APIKey lets a program use this API.
type APIKey struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Prefix   string `json:"prefix" doc:"The key's first characters, to tell keys apart"`
	Role     string `json:"role" enum:"reader,editor,admin" doc:"reader looks; editor also changes definitions and states tags; admin also manages keys and sources"`
	Created  Time   `json:"created"`
	LastUsed Time   `json:"last_used,omitempty" doc:"To ten minutes"`
	Revoked  Time   `json:"revoked,omitempty"`
	Key      string `json:"key,omitempty" doc:"The key itself; shown once, when it is made"`
}

// Source is where events come from.
type Source struct {
	ID       string     `json:"id"`
	Name     string     `json:"name" doc:"What its events carry"`
	Kind     string     `json:"kind" example:"track"`
	Disabled bool       `json:"disabled,omitempty"`
	Created  Time       `json:"created"`
	Keys     []WriteKey `json:"write_keys" nullable:"false"`
}

// WriteKey lets a client send events of one source to /v1.
type WriteKey struct {
	ID      string `json:"id"`
	Prefix  string `json:"prefix"`
	Created Time   `json:"created"`
	Revoked Time   `json:"revoked,omitempty"`
	Key     string `json:"key,omitempty" doc:"The key itself; shown once, when it is made"`
}

func (s *server) keys(r *routes) {
	add(r, admin, http.MethodGet, "/api-keys", "list-api-keys", "All API keys", s.listKeys)
	add(r, admin, http.MethodPost, "/api-keys", "create-api-key", "Make an API key; the answer shows it once", s.createKey, status(http.StatusCreated))
	add(r, admin, http.MethodDelete, "/api-keys/{id}", "revoke-api-key", "Revoke an API key", s.revokeKey, status(http.StatusNoContent))
	add(r, admin, http.MethodGet, "/sources", "list-sources", "Sources with their write keys", s.listSources)
	add(r, admin, http.MethodPost, "/sources", "create-source", "Make a source with a write key; the answer shows it once", s.createSource, status(http.StatusCreated))
	add(r, admin, http.MethodPatch, "/sources/{id}", "update-source", "Disable or enable a source", s.updateSource)
	add(r, admin, http.MethodPost, "/sources/{id}/write-keys", "create-write-key", "Make another write key; the answer shows it once", s.createWriteKey, status(http.StatusCreated))
	add(r, admin, http.MethodDelete, "/sources/{id}/write-keys/{key}", "revoke-write-key", "Revoke a write key", s.revokeWriteKey, status(http.StatusNoContent))
}

// past is an instant that may not have come: 0 is none.
func past(ms int64) Time {
	if ms == 0 {
		return ""
	}
	return timeOf(ms)
}

func apiKeyOf(k catalog.APIKey) APIKey {
	return APIKey{
		ID: wireID(k.ID), Name: k.Name, Prefix: k.Prefix, Role: string(k.Role),
		Created: timeOf(k.Created), LastUsed: past(k.LastUsed), Revoked: past(k.Revoked),
	}
}

type keysOut struct{ Body Page[APIKey] }

func (s *server) listKeys(ctx context.Context, _ *struct{}) (*keysOut, error) {
	rows, err := s.Catalog.APIKeys(ctx)
	out := &keysOut{Page[APIKey]{Items: []APIKey{}}}
	for _, k := range rows {
		out.Body.Items = append(out.Body.Items, apiKeyOf(k))
	}
	return out, err
}

type createKeyIn struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"255" doc:"What it is for"`
		Role string `json:"role" enum:"reader,editor,admin"`
	}
}

type keyOut struct{ Body APIKey }

func (s *server) createKey(ctx context.Context, in *createKeyIn) (*keyOut, error) {
	text, secret := catalog.NewSecret(APIKeyKind)
	k, err := s.Catalog.AddAPIKey(ctx, s.by(ctx), in.Body.Name, catalog.Role(in.Body.Role), secret)
	if err != nil {
		return nil, err
	}
	out := &keyOut{apiKeyOf(k)}
	out.Body.Key = text
	return out, nil
}

type keyIn struct {
	ID string `path:"id"`
}

type emptyOut struct{}

func (s *server) revokeKey(ctx context.Context, in *keyIn) (*emptyOut, error) {
	id, err := readID[uint32](in.ID, "path.id")
	if err != nil {
		return nil, err
	}
	if in.ID == requestOf(ctx).key {
		return nil, fault.Conflict("http.own_key")
	}
	return &emptyOut{}, s.Catalog.RevokeAPIKey(ctx, s.by(ctx), id)
}

type sourcesOut struct{ Body Page[Source] }

func (s *server) listSources(ctx context.Context, _ *struct{}) (*sourcesOut, error) {
	rows, err := s.Catalog.Sources(ctx)
	if err != nil {
		return nil, err
	}
	out := &sourcesOut{Page[Source]{Items: []Source{}}}
	for _, src := range rows {
		w, err := s.sourceOf(ctx, src)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, w)
	}
	return out, nil
}

func (s *server) sourceOf(ctx context.Context, src catalog.Source) (Source, error) {
	keys, err := s.Catalog.WriteKeys(ctx)
	out := Source{ID: wireID(src.ID), Name: src.Name, Kind: src.Kind, Disabled: src.Disabled, Created: timeOf(src.Created), Keys: []WriteKey{}}
	for _, k := range keys {
		if k.Source == src.ID {
			out.Keys = append(out.Keys, writeKeyOf(k))
		}
	}
	return out, err
}

func writeKeyOf(k catalog.WriteKey) WriteKey {
	return WriteKey{ID: wireID(k.ID), Prefix: k.Prefix, Created: timeOf(k.Created), Revoked: past(k.Revoked)}
}

type createSourceIn struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"255"`
	}
}

type sourceOut struct{ Body Source }

// trackKind is the kind of sources that send to /v1.
const trackKind = "track"

func (s *server) createSource(ctx context.Context, in *createSourceIn) (*sourceOut, error) {
	rows, err := s.Catalog.Sources(ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(rows, func(o catalog.Source) bool { return o.Name == in.Body.Name }) {
		return nil, catalog.NameTaken("source", in.Body.Name)
	}
	src, err := s.Catalog.EnsureSource(ctx, s.by(ctx), in.Body.Name, trackKind)
	if err != nil {
		return nil, err
	}
	key, err := s.addWriteKey(ctx, src.ID)
	if err != nil {
		return nil, err
	}
	w, err := s.sourceOf(ctx, src)
	w.Keys = []WriteKey{key}
	return &sourceOut{w}, err
}

func (s *server) addWriteKey(ctx context.Context, source uint32) (WriteKey, error) {
	text, secret := catalog.NewSecret(WriteKeyKind)
	k, err := s.Catalog.AddWriteKey(ctx, s.by(ctx), source, secret)
	if err != nil {
		return WriteKey{}, err
	}
	w := writeKeyOf(k)
	w.Key = text
	return w, s.KeysChanged(ctx)
}

// SourcePath is the part of a request that names a source.
type SourcePath struct {
	ID string `path:"id"`
}

func (in *SourcePath) find(ctx context.Context, s *server) (catalog.Source, error) {
	id, err := readID[uint32](in.ID, "path.id")
	if err != nil {
		return catalog.Source{}, err
	}
	rows, err := s.Catalog.Sources(ctx)
	if err != nil {
		return catalog.Source{}, err
	}
	i := slices.IndexFunc(rows, func(o catalog.Source) bool { return o.ID == id })
	if i < 0 {
		return catalog.Source{}, catalog.NotFound("source", in.ID)
	}
	return rows[i], nil
}

type updateSourceIn struct {
	SourcePath
	Body struct {
		Disabled bool `json:"disabled"`
	}
}

func (s *server) updateSource(ctx context.Context, in *updateSourceIn) (*sourceOut, error) {
	src, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := s.Catalog.SetSourceDisabled(ctx, s.by(ctx), src.ID, in.Body.Disabled); err != nil {
		return nil, err
	}
	src.Disabled = in.Body.Disabled
	w, err := s.sourceOf(ctx, src)
	if err != nil {
		return nil, err
	}
	return &sourceOut{w}, s.KeysChanged(ctx)
}

type writeKeyOut struct{ Body WriteKey }

func (s *server) createWriteKey(ctx context.Context, in *SourcePath) (*writeKeyOut, error) {
	src, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	w, err := s.addWriteKey(ctx, src.ID)
	return &writeKeyOut{w}, err
}

type writeKeyIn struct {
	SourcePath
	Key string `path:"key" doc:"Id of the write key"`
}

func (s *server) revokeWriteKey(ctx context.Context, in *writeKeyIn) (*emptyOut, error) {
	src, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	id, err := readID[uint32](in.Key, "path.key")
	if err != nil {
		return nil, err
	}
	keys, err := s.Catalog.WriteKeys(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(keys, func(k catalog.WriteKey) bool { return k.ID == id && k.Source == src.ID }) {
		return nil, catalog.NotFound("write key", in.Key)
	}
	if err := s.Catalog.RevokeWriteKey(ctx, s.by(ctx), id); err != nil {
		return nil, err
	}
	return &emptyOut{}, s.KeysChanged(ctx)
}

var _ = fault.Register(fault.Messages{
	"http.role":    {ZH: "这个操作需要“{role}”权限，当前密钥是“{has}”", EN: "this needs a key with the role {role}; this one is {has}"},
	"http.own_key": {ZH: "不能停用正在使用的密钥，请换一个密钥来停用它", EN: "a key can not revoke itself; use another one"},
})
