// Package bench measures the hot paths on data of a stated shape, each as an absolute figure and as
// a ratio to a floor taken in the same run, because machines are noisy: a bare log with one fsync per
// commit that carries the same bytes. `make bench` runs it; docs/performance.md keeps the figures.
//
// Shape: customers who each have one event before the measurement, 40 event types, 200 live rules of
// which five read each type, events of about 400 bytes of JSON, message ids of UUID form. Seeds are
// printed. It imports everything and nothing imports it.
package bench
