package definition

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/earmarkhq/earmark/internal/catalog"
	"github.com/earmarkhq/earmark/internal/fault"
)

// Store is the part of the catalog that holds definitions.
type Store interface {
	catalog.Tags
	catalog.Rules
	catalog.Generations
}

// Service reads and changes the definitions of one store. Safe for concurrent use; there is one
// per store and process, and nobody else changes tags and rules in the catalog.
type Service struct {
	store Store
	zone  *time.Location
	mu    sync.Mutex // writers
	lib   atomic.Pointer[Library]
}

// Open reads the library. zone is the store's.
func Open(ctx context.Context, store Store, zone *time.Location) (*Service, error) {
	s := &Service{store: store, zone: zone}
	return s, s.refresh(ctx)
}

// Zone is the tenant's time zone.
func (s *Service) Zone() *time.Location { return s.zone }

var _ = fault.Register(fault.Messages{
	"definition.tag_is_stated": {
		ZH: "标签“{tag}”由人工或事件声明，不能再由规则维护；请换一个标签",
		EN: "the tag \"{tag}\" is stated by hands or events, so no rule may keep it; use another tag",
	},
	"definition.name_in_use": {
		ZH: "“{name}”被规则引用，改名会使规则失效：{problem}",
		EN: "rules refer to \"{name}\", and renaming it breaks them: {problem}",
	},
	"definition.derived_name": {
		ZH: "标签“{name}”由规则维护，请在规则里改名并发布",
		EN: "the tag \"{name}\" is kept by a rule; rename it there and publish",
	},
	"definition.derived_state": {
		ZH: "标签“{name}”由规则维护，它的状态随规则发布而变",
		EN: "the tag \"{name}\" is kept by a rule; its state follows the rule's publication",
	},
	"definition.group_refused": {
		ZH: "标签组“{group}”不接受这个改动：{problem}",
		EN: "the group \"{group}\" does not allow this: {problem}",
	},
})
