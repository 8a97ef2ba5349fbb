package check_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"database/sql"
	"sync"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/earmarkhq/earmark/internal/sample"
)

// population is the tags of all customers at one instant: "group/tag" → customer id of the
// source → true. Every tag of the sample has an entry.
type population map[string]map[string]bool

// expected computes every tag of the sample at an instant, in Unix milliseconds, over the orders
// as they stand in the file, in the zone of the sample.
func expected(t *testing.T, at int64) population {
	t.Helper()
	db, err := openOnce()
	if err != nil {
		t.Fatal(err)
	}
	all := population{}
	for tag, query := range queries {
		rows, err := db.QueryContext(t.Context(), views+query, sql.Named("at", at))
		if err != nil {
			t.Fatalf("%s: %v", tag, err)
		}
		has := map[string]bool{}
		for rows.Next() {
			var customer string
			if err := rows.Scan(&customer); err != nil {
				t.Fatalf("%s: %v", tag, err)
			}
			if has[customer] {
				t.Fatalf("%s: the query yields customer %s twice", tag, customer)
			}
			has[customer] = true
		}
		if err := rows.Err(); err != nil {
			t.Fatalf("%s: %v", tag, err)
		}
		all[tag] = has
	}
	return all
}

// openOnce is the orders in a database: one row per order or cancellation, t in Unix
// milliseconds. Shanghai has stood at UTC+8 without summer time since 1992.
var openOnce = sync.OnceValues(func() (*sql.DB, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection to :memory: is a database of its own
	if _, err := db.Exec(`CREATE TABLE line (json TEXT NOT NULL)`); err != nil {
		return nil, err
	}
	if err := fill(db); err != nil {
		return nil, err
	}
	_, err = db.Exec(`
		CREATE TABLE orders AS
		SELECT json ->> 'order_id' AS id, json ->> 'customer_id' AS customer, json ->> 'cancelled' AS cancelled,
		       (unixepoch(json ->> 'time') - 8 * 3600) * 1000 AS t, json ->> 'amount_fen' AS fen
		FROM line;
		DROP TABLE line;
		CREATE INDEX orders_by_customer ON orders (customer, t);`)
	return db, err
})

func fill(db *sql.DB) error {
	lines, err := gzip.NewReader(bytes.NewReader(sample.Orders()))
	if err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	insert, err := tx.Prepare(`INSERT INTO line (json) VALUES (?)`)
	if err != nil {
		return err
	}
	scan := bufio.NewScanner(lines)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		if _, err := insert.Exec(scan.Text()); err != nil {
			return err
		}
	}
	if err := scan.Err(); err != nil {
		return err
	}
	return tx.Commit()
}
