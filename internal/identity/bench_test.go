package identity_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/earmarkhq/earmark/internal/customer"
	"github.com/earmarkhq/earmark/internal/identity"
)

// BenchmarkKnown resolves requests of 100 calls with two known identities each, out of 200,000
// customers; the figure is per call.
func BenchmarkKnown(b *testing.B) {
	const customers = 200_000
	m := newMemory()
	r := identity.New(identity.Options{Identities: m, Known: m})
	requests := make([][][]customer.Key, customers/100)
	out := make([]identity.Resolution, 100)
	for i := range requests {
		for j := range 100 {
			n := (i*100 + j) * 7919 % customers
			requests[i] = append(requests[i], keys(fmt.Sprintf("u:user-%d a:9c1fbb0e-%d", n, n)))
		}
		if err := r.ResolveAll(context.Background(), requests[i], out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += 100 {
		if err := r.ResolveAll(context.Background(), requests[i/100%len(requests)], out); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCold resolves requests of 100 calls with two identities each that the store knows and
// the cache does not.
func BenchmarkCold(b *testing.B) {
	const customers = 100_000
	m := newMemory()
	r := identity.New(identity.Options{Identities: m, Known: m})
	requests := make([][][]customer.Key, customers/100)
	out := make([]identity.Resolution, 100)
	for i := range requests {
		for j := range 100 {
			n := i*100 + j
			requests[i] = append(requests[i], keys(fmt.Sprintf("u:user-%d a:9c1fbb0e-%d", n, n)))
		}
		if err := r.ResolveAll(context.Background(), requests[i], out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += 100 {
		if i%customers == 0 {
			r = identity.New(identity.Options{Identities: m, Known: m})
		}
		if err := r.ResolveAll(context.Background(), requests[i/100%len(requests)], out); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNew resolves requests of 100 calls with two new identities each.
func BenchmarkNew(b *testing.B) {
	m := newMemory()
	r := identity.New(identity.Options{Identities: m, Known: m})
	out := make([]identity.Resolution, 100)
	b.ReportAllocs()
	for i := 0; i < b.N; i += 100 {
		b.StopTimer()
		request := make([][]customer.Key, 100)
		for j := range request {
			request[j] = keys(fmt.Sprintf("u:user-%d a:9c1fbb0e-%d", i+j, i+j))
		}
		b.StartTimer()
		if err := r.ResolveAll(context.Background(), request, out); err != nil {
			b.Fatal(err)
		}
	}
}
