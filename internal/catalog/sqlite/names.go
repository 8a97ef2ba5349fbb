package sqlite

import (
	"fmt"

	"github.com/earmarkhq/earmark/internal/catalog"
)

// object is how the audit names a thing: "tag 12".
func object(what string, id any) string { return fmt.Sprint(what, " ", id) }

// checkName also refuses what text columns would change: two names must not become one.
func checkName(what, name string) error {
	if err := catalog.CheckName(what, name); err != nil {
		return err
	}
	if text(name) != name {
		return catalog.Invalid(what, "name", text(name))
	}
	return nil
}
