package catalog

import "context"

// ImportState is the life of an import.
type ImportState string

// The states of imports. One that is not done goes on where it stood when it is started again.
const (
	ImportRunning ImportState = "running"
	ImportDone    ImportState = "done"
	ImportFailed  ImportState = "failed"
	ImportStopped ImportState = "stopped"
)

// Import is one file taken in under one mapping.
type Import struct {
	ID      int64
	File    string // name, for people
	Content string // hash of the content: what makes it the same file
	Mapping string // hash of the mapping
	Source  string

	State    ImportState
	Position int64 // where reading goes on: bytes of the unpacked file
	Row      int64 // rows read up to Position
	Accepted int64
	Repeated int64
	Refused  int64
	Error    string // of a failed one
	Started  int64
	Updated  int64
}

// Imports keeps the position of each import.
type Imports interface {
	// BeginImport returns the import of (Content, Mapping, Source) to go on with if there is one,
	// whatever its state, or makes one from im. resumed says which.
	BeginImport(ctx context.Context, by By, im Import) (begun Import, resumed bool, err error)
	// SaveImport replaces state, position, counts and error of the import with im.ID.
	SaveImport(ctx context.Context, im Import) error
	Import(ctx context.Context, id int64) (Import, error)
	Imports(ctx context.Context, p Page) ([]Import, error)
}
