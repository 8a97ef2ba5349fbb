// Command gen makes the shipped sample, ../data/orders.jsonl.gz, from the order lines of the
// public data set that ../data/SOURCE.md names. It is run by hand, once, where the source lies:
//
//	go run ./internal/sample/gen -in order_lines.csv.gz -out internal/sample/data/orders.jsonl.gz
//
// What it keeps, leaves out and rounds is stated in SOURCE.md; the two change together.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	in := flag.String("in", "", "order lines of the source, CSV, gzip")
	out := flag.String("out", "internal/sample/data/orders.jsonl.gz", "where to write the sample")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	orders, left, err := read(in)
	if err != nil {
		return fmt.Errorf("read %s: %w", in, err)
	}
	if err := write(out, orders); err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	cancelled := 0
	for _, o := range orders {
		if o.Cancelled {
			cancelled++
		}
	}
	fmt.Printf("%d orders, %d cancellations; left out: %+v\n", len(orders)-cancelled, cancelled, left)
	return nil
}

// order is one line of the sample. Amounts are fen, with the source's pence taken as fen.
type order struct {
	ID         string `json:"order_id"`
	Time       string `json:"time"` // local wall clock, as in the source: the earliest of the lines
	CustomerID string `json:"customer_id"`
	Country    string `json:"country"`
	Cancelled  bool   `json:"cancelled"`
	AmountFen  int64  `json:"amount_fen"` // sum of the items, never negative
	Items      []item `json:"items"`
}

type item struct {
	SKU       string `json:"sku"`
	Name      string `json:"name,omitempty"`
	Quantity  int64  `json:"quantity"`   // positive, also in a cancellation
	AmountFen int64  `json:"amount_fen"` // quantity × unit price, rounded half to even
}

// maxLine keeps every order under the 32 KB that the tracking API takes for one event, so that
// the sample can be sent there as well. Longer orders, of about 400 lines and more, go without the names.
const maxLine = 32_000

// leftOut counts the lines of the source that the sample does not have.
type leftOut struct{ WithoutCustomer, BadDebt int }

// columns of the source.
const (
	colInvoice = iota
	colSKU
	colName
	colQuantity
	colTime
	colPrice
	colCustomer
	colCountry
	columns
)

func read(path string) ([]*order, leftOut, error) {
	var left leftOut
	file, err := os.Open(path)
	if err != nil {
		return nil, left, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return nil, left, err
	}
	rows := csv.NewReader(unzipped)
	rows.FieldsPerRecord = columns
	if _, err := rows.Read(); err != nil { // header
		return nil, left, err
	}
	byID := map[string]*order{}
	var orders []*order
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, left, err
		}
		switch {
		case strings.HasPrefix(row[colInvoice], "A"):
			left.BadDebt++
			continue
		case row[colCustomer] == "":
			left.WithoutCustomer++
			continue
		}
		o := byID[row[colInvoice]]
		if o == nil {
			o = &order{
				ID: row[colInvoice], Time: row[colTime], CustomerID: row[colCustomer], Country: row[colCountry],
				Cancelled: strings.HasPrefix(row[colInvoice], "C"),
			}
			byID[o.ID] = o
			orders = append(orders, o)
		}
		if err := o.add(row); err != nil {
			line, _ := rows.FieldPos(0)
			return nil, left, fmt.Errorf("line %d: %w", line, err)
		}
	}
	slices.SortStableFunc(orders, func(a, b *order) int { return cmp.Compare(a.Time, b.Time) })
	return orders, left, nil
}

func (o *order) add(row []string) error {
	if row[colCustomer] != o.CustomerID || row[colCountry] != o.Country {
		return fmt.Errorf("invoice %s has two customers or countries", o.ID)
	}
	o.Time = min(o.Time, row[colTime])
	quantity, err := strconv.ParseInt(row[colQuantity], 10, 64)
	if err != nil {
		return err
	}
	if o.Cancelled {
		quantity = -quantity
	}
	amount, err := fen(quantity, row[colPrice])
	if err != nil {
		return err
	}
	if quantity <= 0 || amount < 0 {
		return fmt.Errorf("invoice %s: quantity %s at %s", o.ID, row[colQuantity], row[colPrice])
	}
	it := item{SKU: row[colSKU], Name: row[colName], Quantity: quantity, AmountFen: amount}
	o.Items = append(o.Items, it)
	o.AmountFen += it.AmountFen
	return nil
}

// fen is quantity × price in hundredths, rounded half to even.
func fen(quantity int64, price string) (int64, error) {
	r, ok := new(big.Rat).SetString(price)
	if !ok {
		return 0, fmt.Errorf("%q is no number", price)
	}
	r.Mul(r, new(big.Rat).SetInt64(100*quantity))
	whole, rest := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	switch rest.Lsh(rest, 1).Cmp(r.Denom()) {
	case 1:
		whole.Add(whole, big.NewInt(1))
	case 0:
		whole.Add(whole, big.NewInt(int64(whole.Bit(0))))
	}
	if !whole.IsInt64() {
		return 0, fmt.Errorf("%d at %q is out of range", quantity, price)
	}
	return whole.Int64(), nil
}

func write(path string, orders []*order) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	zipped, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, o := range orders {
		line, err := encode(o)
		if err != nil {
			return err
		}
		if _, err := zipped.Write(line); err != nil {
			return err
		}
	}
	return zipped.Close()
}

// encode is the order as one line, without the names of its items where it would be too long.
func encode(o *order) ([]byte, error) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(o); err != nil || line.Len() <= maxLine {
		return line.Bytes(), err
	}
	for i := range o.Items {
		o.Items[i].Name = ""
	}
	line.Reset()
	if err := enc.Encode(o); err != nil || line.Len() <= maxLine {
		return line.Bytes(), err
	}
	return nil, fmt.Errorf("order %s takes %d bytes", o.ID, line.Len())
}
