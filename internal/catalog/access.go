package catalog

import "context"

// Source is where events come from: an app with a write key, an import, a sample.
type Source struct {
	ID       uint32
	Name     string // unique; what events carry
	Kind     string // "track", "import", …
	Disabled bool
	Created  int64
}

// WriteKey lets a client send events of one source. The key itself is not kept.
type WriteKey struct {
	ID      uint32
	Source  uint32
	Prefix  string // the first characters, to tell keys apart
	Created int64
	Revoked int64 // 0: in force
}

// Sources are sources and their write keys.
type Sources interface {
	Sources(ctx context.Context) ([]Source, error) // by ID
	// EnsureSource returns the source of that name, made if it is missing.
	EnsureSource(ctx context.Context, by By, name, kind string) (Source, error)
	SetSourceDisabled(ctx context.Context, by By, id uint32, disabled bool) error
	WriteKeys(ctx context.Context) ([]WriteKey, error) // by ID
	AddWriteKey(ctx context.Context, by By, source uint32, s Secret) (WriteKey, error)
	RevokeWriteKey(ctx context.Context, by By, id uint32) error
	// SourceByKey returns the enabled source of a write key in force; ok is false for any other.
	SourceByKey(ctx context.Context, hash Hash) (s Source, ok bool, err error)
}

// Role is what an API key may do.
type Role string

// The roles, each with the rights of those before it.
const (
	RoleReader Role = "reader" // look at everything
	RoleEditor Role = "editor" // change definitions, publish
	RoleAdmin  Role = "admin"  // keys and settings
)

// Valid reports whether r is a role.
func (r Role) Valid() bool { return r == RoleReader || r == RoleEditor || r == RoleAdmin }

// APIKey lets a program use the API. The key itself is not kept.
type APIKey struct {
	ID       uint32
	Name     string
	Prefix   string
	Role     Role
	Created  int64
	LastUsed int64 // coarse, see TouchAPIKey; 0: never
	Revoked  int64 // 0: in force
}

// APIKeys are the keys of the API.
type APIKeys interface {
	APIKeys(ctx context.Context) ([]APIKey, error) // by ID
	AddAPIKey(ctx context.Context, by By, name string, role Role, s Secret) (APIKey, error)
	RevokeAPIKey(ctx context.Context, by By, id uint32) error
	// APIKeyByHash returns a key in force; ok is false for any other.
	APIKeyByHash(ctx context.Context, hash Hash) (k APIKey, ok bool, err error)
	// TouchAPIKey notes a use; it writes at most once in LastUsedStep per key.
	TouchAPIKey(ctx context.Context, id uint32, at int64) error
}

// LastUsedStep is how coarse LastUsed is, milliseconds.
const LastUsedStep = 10 * 60 * 1000
