package killtest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/event"
	"github.com/earmarkhq/earmark/internal/ledger/pebble"
	"github.com/earmarkhq/earmark/internal/value"
)

// Environment of the child besides its directory.
const (
	withGeneration = "EARMARK_KILLTEST_GEN"
	withShards     = "EARMARK_KILLTEST_SHARDS"
)

// order is one line from the parent: a unit, definitions to publish, or the wish to stop.
type order struct {
	Unit    int      `json:"unit,omitempty"` // from 1
	Parcels []parcel `json:"parcels,omitempty"`
	Publish uint32   `json:"publish,omitempty"`
	Stop    bool     `json:"stop,omitempty"`
}

// parcel is what a unit says about one customer.
type parcel struct {
	Customer customer.ID `json:"customer"`
	Messages []message   `json:"messages"`
}

// message is one event. Number is its content: it tells that it arrived as it was sent.
type message struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Time   int64  `json:"time"`
	Number int64  `json:"number"`
}

// storeOptions have a cache that holds a small share of the states, so that states come and go.
var storeOptions = pebble.Options{CacheBytes: 1, BlockBytes: 1 << 20, Identities: 100}

// child serves orders from standard input until it is killed or told to stop. On standard output it says
// ready, "ack unit accepted repeated" and "published generation".
func child(dir string) int {
	if err := serve(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, dir string) error {
	gen, err := strconv.Atoi(os.Getenv(withGeneration))
	if err != nil {
		return err
	}
	shards, err := strconv.Atoi(os.Getenv(withShards))
	if err != nil {
		return err
	}
	say := newSpeaker()
	say.line("opening")
	store, err := pebble.Open(dir, storeOptions)
	if err != nil {
		return err
	}
	defs := definitions{}
	first, err := defs.program(uint32(gen))
	if err != nil {
		return err
	}
	e, err := engine.Open(ctx, engine.Options{Ledger: store, Clock: clock.System{}, Program: first, Programs: defs.program, Shards: shards})
	if err != nil {
		return err
	}
	if err := e.GoLive(ctx); err != nil {
		return err
	}
	say.line("ready")
	if err := obey(ctx, e, defs, say); err != nil {
		return err
	}
	if err := e.Close(ctx); err != nil {
		return err
	}
	err = store.Close()
	say.close()
	return err
}

func obey(ctx context.Context, e *engine.Engine, defs definitions, say *speaker) error {
	in := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<16))
	var publishing sync.WaitGroup
	defer publishing.Wait()
	for {
		var o order
		if err := in.Decode(&o); err != nil {
			return err
		}
		switch {
		case o.Stop:
			return nil
		case o.Publish != 0:
			p, err := defs.program(o.Publish)
			if err != nil {
				return err
			}
			publishing.Go(func() {
				if err := e.Publish(ctx, p, nil); err != nil {
					fmt.Fprintln(os.Stderr, "publish:", err)
					return
				}
				say.line("published", o.Publish)
			})
		default:
			e.SubmitAsync(o.inputs(), func(r engine.Receipt, err error) {
				if err != nil {
					fmt.Fprintln(os.Stderr, "submit:", err)
					return
				}
				say.line("ack", o.Unit, r.Accepted, r.Repeated)
			})
		}
	}
}

func (o *order) inputs() (unit []engine.Input) {
	for _, p := range o.Parcels {
		in := engine.Input{Customer: p.Customer, Keys: []customer.Key{{Kind: customer.UserID, Value: p.Customer.String()}}}
		for _, m := range p.Messages {
			in.Events = append(in.Events, event.Event{
				Type: m.Type, Time: m.Time, Source: "killtest", ID: m.ID,
				Props: value.NewObject(value.Field{Key: "number", Val: value.NewInt(m.Number)}),
			})
		}
		unit = append(unit, in)
	}
	return unit
}

// speaker writes lines to standard output without making the one who speaks wait.
type speaker struct {
	lines chan string
	done  chan struct{}
}

func newSpeaker() *speaker {
	s := &speaker{lines: make(chan string, 1<<16), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		out := bufio.NewWriter(os.Stdout)
		for line := range s.lines {
			_, _ = out.WriteString(line)
			if len(s.lines) == 0 {
				_ = out.Flush()
			}
		}
	}()
	return s
}

func (s *speaker) line(words ...any) { s.lines <- fmt.Sprintln(words...) }

func (s *speaker) close() {
	close(s.lines)
	<-s.done
}
