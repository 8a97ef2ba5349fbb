package sample

import (
	_ "embed"
	"time"
)

//go:embed data/orders.jsonl.gz
var orders []byte

//go:embed data/mapping.yaml
var mapping []byte

//go:embed rules.yaml
var rules []byte

// Orders is the import file: JSON lines, gzip, sorted by time. Do not change the bytes.
func Orders() []byte { return orders }

// OrderCount is the number of lines of [Orders]: orders and cancellations.
const OrderCount = 18_536 + 3_654

// Mapping is the mapping file for [Orders], YAML. Do not change the bytes.
func Mapping() []byte { return mapping }

// Rules is the rule document of the demo, YAML. Do not change the bytes.
func Rules() []byte { return rules }

// Zone is the zone in which the wall-clock times of the orders are read.
const Zone = "Asia/Shanghai"

// First and Last are the times of the first and the last line of [Orders], as they stand there.
const (
	First = "2010-12-01 08:26:00"
	Last  = "2011-12-09 12:50:00"
)

// Weeks is the number of whole weeks by which the history must be moved to end at or before now,
// and less than a week before it. Moved by local days, times of day and weekdays stay as they are.
// It is negative when now lies before the history's end. zone is the one of the store.
func Weeks(now time.Time, zone *time.Location) int {
	last, err := time.ParseInLocation(time.DateTime, Last, zone)
	if err != nil {
		panic(err) // a constant of this file
	}
	const week = 7 * 24 * time.Hour
	weeks := int(now.Sub(last) / week)
	for last.AddDate(0, 0, 7*weeks).After(now) {
		weeks--
	}
	for !last.AddDate(0, 0, 7*(weeks+1)).After(now) {
		weeks++
	}
	return weeks
}
