package killtest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/earmarkhq/earmark/internal/clock"
	"github.com/earmarkhq/earmark/internal/customer"
)

const (
	clients  = 4
	inFlight = 160 // units sent and not heard of
	crowd    = 400 // customers that are active at a time; as units come, others take their place
	busy     = 5   // customers that are active all the time and get very many events
)

// house is the outside world: what was sent, and what was acknowledged.
type house struct {
	t   *testing.T
	dir string
	rng *rand.Rand
	gen uint32 // newest definitions that were ordered

	mu     sync.Mutex
	units  []*unit // all ever sent; units[n-1] is unit n
	unsure []int   // sent in an earlier round and not acknowledged

	deliveries, repeats, publications, interrupted int
	last                                           *found
}

type unit struct {
	order order
	acked bool
}

func newHouse(t *testing.T, dir string, rng *rand.Rand) *house {
	return &house{t: t, dir: dir, rng: rng, gen: 1}
}

// round is the life of one child.
type round struct {
	h       *house
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	writing sync.Mutex
	stderr  strings.Builder
	ready   chan struct{}
	news    chan struct{} // gets a token with each acknowledgement
	over    chan struct{} // the child is gone
	free    chan struct{} // a token for each unit that may be sent

	publishing bool          // ordered and not confirmed
	published  chan struct{} // gets a token with each confirmation
}

// kill lets a child work and kills it after a random number of acknowledgements. Every eighth one dies
// at a random time of its opening, when it recovers and perhaps goes on publishing; every eighth one
// shortly after a publication was ordered, and one when it was confirmed.
func (h *house) kill(n int) {
	r := h.start(1 + h.rng.IntN(4))
	plan := plan{acks: 1 + h.rng.IntN(1500), publish: -1}
	if h.rng.IntN(2) == 0 {
		plan.publish = h.rng.IntN(plan.acks)
	}
	switch n % 8 {
	case 3:
		pause := time.Duration(h.rng.IntN(400)) * time.Millisecond
		_ = clock.Sleep(h.t.Context(), clock.System{}, pause)
		r.die()
		return
	case 6:
		plan.acks, plan.publish = 1+h.rng.IntN(50), 0
	case 7:
		plan.publish, plan.confirmed = 0, true
	}
	r.work(h.rng, plan)
	r.die()
}

// plan says when to kill: after so many acknowledgements, and perhaps not before the publication that was
// ordered after some of them is confirmed.
type plan struct {
	acks, publish int // publish: none when negative
	confirmed     bool
}

// finish delivers everything that is not acknowledged and stops the child cleanly.
func (h *house) finish() {
	r := h.start(2)
	r.await(r.ready)
	for {
		h.mu.Lock()
		left := len(h.unsure)
		h.mu.Unlock()
		if left == 0 {
			break
		}
		r.tell(h.again())
	}
	for h.unacked() > 0 {
		r.await(r.news)
	}
	r.tell(order{Stop: true})
	<-r.over
	if err := r.cmd.Wait(); err != nil || r.stderr.Len() > 0 {
		h.t.Fatalf("the clean stop: %v\n%s", err, r.stderr.String())
	}
}

func (h *house) start(shards int) *round {
	r := &round{
		h: h, ready: make(chan struct{}), news: make(chan struct{}, 1<<20), over: make(chan struct{}),
		free: make(chan struct{}, inFlight), published: make(chan struct{}, 8),
	}
	r.cmd = exec.Command(os.Args[0])
	r.cmd.Env = append(os.Environ(), asChild+"="+h.dir, fmt.Sprint(withGeneration, "=", h.gen), fmt.Sprint(withShards, "=", shards))
	r.cmd.Stderr = &r.stderr
	var err error
	if r.stdin, err = r.cmd.StdinPipe(); err != nil {
		h.t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	for range inFlight {
		r.free <- struct{}{}
	}
	if err := r.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	opened := make(chan struct{})
	go r.listen(out, opened)
	r.await(opened)
	return r
}

// listen notes what the child says.
func (r *round) listen(out io.Reader, opened chan struct{}) {
	defer close(r.over)
	in := bufio.NewScanner(out)
	for in.Scan() {
		var word string
		var n, accepted, repeated int
		line := in.Text()
		_, _ = fmt.Sscan(line, &word, &n, &accepted, &repeated)
		switch word {
		case "opening":
			close(opened)
		case "ready":
			close(r.ready)
		case "published":
			r.h.mu.Lock()
			r.publishing = false
			r.h.mu.Unlock()
			r.published <- struct{}{}
		case "ack":
			r.h.mu.Lock()
			u := r.h.units[n-1]
			u.acked = true
			r.h.deliveries++
			r.h.repeats += repeated
			r.h.mu.Unlock()
			if want := u.messages(); accepted+repeated != want {
				r.h.t.Errorf("unit %d of %d messages: %s", n, want, line)
			}
			select {
			case r.free <- struct{}{}:
			default: // sent without asking, at the end
			}
			r.news <- struct{}{}
		}
	}
}

func (u *unit) messages() (n int) {
	for _, p := range u.order.Parcels {
		n += len(p.Messages)
	}
	return n
}

// await waits for a signal; that the child ends meanwhile is a failure.
func (r *round) await(c <-chan struct{}) {
	r.h.t.Helper()
	select {
	case <-c:
	case <-r.over:
		_ = r.cmd.Wait()
		r.h.t.Fatalf("the child ended by itself: %s", r.stderr.String())
	}
}

// work has the clients send until some acknowledgements have come.
func (r *round) work(rng *rand.Rand, plan plan) {
	r.await(r.ready)
	enough := make(chan struct{})
	var sending sync.WaitGroup
	for c := range clients {
		own := rand.New(rand.NewPCG(rng.Uint64(), uint64(c)))
		sending.Go(func() {
			for {
				select {
				case <-enough:
					return
				case <-r.over:
					return
				case <-r.free:
					r.tell(r.h.next(own))
				}
			}
		})
	}
	for acks := 0; acks < plan.acks; acks++ {
		if acks == plan.publish {
			r.h.mu.Lock()
			r.h.gen++
			r.h.publications++
			r.publishing = true
			r.h.mu.Unlock()
			r.tell(order{Publish: r.h.gen})
		}
		r.await(r.news)
	}
	close(enough)
	if plan.confirmed {
		sending.Wait()
		r.await(r.published)
	}
	r.kill() // while the clients may still be sending
	sending.Wait()
}

func (r *round) kill() {
	if err := r.cmd.Process.Kill(); err != nil {
		r.h.t.Error(err)
	}
}

// die ends the round: what is not acknowledged is to be delivered again.
func (r *round) die() {
	r.kill()
	<-r.over
	_ = r.cmd.Wait()
	if r.stderr.Len() > 0 {
		r.h.t.Fatalf("the child complained: %s", r.stderr.String())
	}
	h := r.h
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.publishing {
		h.interrupted++
	}
	h.unsure = h.unsure[:0]
	for i, u := range h.units {
		if !u.acked {
			h.unsure = append(h.unsure, i+1)
		}
	}
}

// next is what a client sends: first what it is unsure of, else one in ten times something again, else
// something new.
func (h *house) next(rng *rand.Rand) order {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(h.unsure) > 0:
		n := h.unsure[0]
		h.unsure = h.unsure[1:]
		return h.units[n-1].order
	case len(h.units) > 0 && rng.IntN(10) == 0:
		return h.units[rng.IntN(len(h.units))].order
	}
	u := &unit{order: order{Unit: len(h.units) + 1}}
	now := clock.Millis(clock.System{})
	for range 1 + rng.IntN(3) {
		p := parcel{Customer: customer.ID(1 + busy + len(h.units)/20 + rng.IntN(crowd))}
		if rng.IntN(10) == 0 {
			p.Customer = customer.ID(1 + rng.IntN(busy))
		}
		for range 1 + rng.IntN(3) {
			p.Messages = append(p.Messages, message{
				ID: fmt.Sprintf("%d-%d-%d", u.order.Unit, p.Customer, len(u.order.Parcels)*10+len(p.Messages)), Type: kind(rng),
				Time: now - 500 + rng.Int64N(1500), Number: rng.Int64N(100),
			})
		}
		u.order.Parcels = append(u.order.Parcels, p)
	}
	h.units = append(h.units, u)
	return u.order
}

func kind(rng *rand.Rand) string {
	if rng.IntN(3) == 0 {
		return "viewed"
	}
	return "paid"
}

// again takes one of the units to be delivered again.
func (h *house) again() order {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.unsure[0]
	h.unsure = h.unsure[1:]
	return h.units[n-1].order
}

func (h *house) unacked() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range h.units {
		if !u.acked {
			n++
		}
	}
	return n
}

// tell writes an order. A child that is gone hears nothing; that shows elsewhere.
func (r *round) tell(o order) {
	line, err := json.Marshal(o)
	if err != nil {
		r.h.t.Error(err)
		return
	}
	r.writing.Lock()
	defer r.writing.Unlock()
	_, _ = r.stdin.Write(append(line, '\n'))
}
