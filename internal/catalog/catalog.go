package catalog

import (
	"context"

	"github.com/earmarkhq/earmark/internal/tag"
)

// Store is one tenant's catalog. Safe for concurrent use.
type Store interface {
	Settings
	Tags
	Rules
	Generations
	Sources
	APIKeys
	Seen
	Aliases
	Imports
	Notices
	Audit
	// Backup writes a consistent copy of the whole store to a file that does not exist yet.
	Backup(ctx context.Context, path string) error
	Close() error
}

// By is who makes a change and when. Actor is what the audit shows: "key 3", "cli", a file.
type By struct {
	Actor string
	At    int64
}

// Page asks for a part of a list that shows the newest first: entries with an id below Before
// (0: from the newest on), at most Limit (0: 100).
type Page struct {
	Before int64
	Limit  int
}

// Names of settings. Values are text; their form is the business of who reads them.
const (
	SettingZone  = "zone"       // IANA name of the tenant's time zone
	SettingLive  = "live_since" // instant of going live, Unix milliseconds
	SettingShift = "time_shift" // by how much the sample was moved, milliseconds
)

// Settings are small named texts of the store.
type Settings interface {
	Setting(ctx context.Context, name string) (value string, ok bool, err error)
	PutSetting(ctx context.Context, by By, name, value string) error
	// KeepSetting writes the value if the setting has none and returns the one it has then:
	// for what is decided once.
	KeepSetting(ctx context.Context, by By, name, value string) (kept string, err error)
}

// Tags are groups and the tags in them. Names are unique: of groups in the store, of tags in
// their group, retired ones included.
type Tags interface {
	Groups(ctx context.Context) ([]tag.Group, error) // by Order, then ID
	Tags(ctx context.Context) ([]tag.Tag, error)     // by group, Order, ID
	// CreateGroup and CreateTag give the next ID and return what was made.
	CreateGroup(ctx context.Context, by By, g tag.Group) (tag.Group, error)
	CreateTag(ctx context.Context, by By, t tag.Tag) (tag.Tag, error)
	// UpdateGroup and UpdateTag replace everything but the ID; a tag stays in its group.
	UpdateGroup(ctx context.Context, by By, g tag.Group) error
	UpdateTag(ctx context.Context, by By, t tag.Tag) error
	// EnsureTags makes what is missing, by name, in one transaction, and leaves what is there as
	// it is. It returns all groups and tags named, in the order given.
	EnsureTags(ctx context.Context, by By, groups []GroupSpec) ([]tag.Group, []tag.Tag, error)
}

// GroupSpec asks for a group and its tags by name. Order of tags that are made goes on from the
// highest of the group.
type GroupSpec struct {
	Name   string
	Single bool
	Tags   []TagSpec
}

// TagSpec asks for a tag by name.
type TagSpec struct {
	Name   string
	Origin tag.Origin
	State  tag.State // of one that is made; "" is active
}
