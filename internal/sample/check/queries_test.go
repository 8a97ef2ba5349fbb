package check_test

// views open every query. :at is the instant; a day is 86,400,000 ms, so 90 days are 7,776,000,000.
//
//	known   what has happened by :at
//	paid    the orders among it
//	last    per customer the newest order
//	net     per customer paid minus cancelled of the last 365 days, (at − 365 d, at]
//	months  the three whole local months before that of :at, as [lo, hi)
//	monthly per customer paid minus cancelled of these months
//	level   per customer the member level before demotion: 0 钻石, 1 黄金, 2 白银
//	quiet   per customer since when there has been no order for 90 days
const views = `
	WITH RECURSIVE
	known AS (SELECT * FROM orders WHERE t <= :at),
	paid AS (SELECT * FROM known WHERE NOT cancelled),
	last AS (SELECT customer, MAX(t) AS t FROM paid GROUP BY customer),
	net AS (
		SELECT customer, SUM(CASE WHEN cancelled THEN -fen ELSE fen END) AS fen
		FROM known WHERE t > :at - 31536000000 GROUP BY customer),
	months AS (
		SELECT (unixepoch(:at / 1000 + 8 * 3600, 'unixepoch', 'start of month', '-3 months') - 8 * 3600) * 1000 AS lo,
		       (unixepoch(:at / 1000 + 8 * 3600, 'unixepoch', 'start of month') - 8 * 3600) * 1000 AS hi),
	monthly AS (
		SELECT customer, SUM(CASE WHEN cancelled THEN -fen ELSE fen END) AS fen
		FROM known, months WHERE t >= lo AND t < hi GROUP BY customer),
	level AS (
		SELECT customer, CASE WHEN fen >= 500000 THEN 0 WHEN fen >= 200000 THEN 1 ELSE 2 END AS step
		FROM net WHERE fen >= 50000),
	quiet AS (SELECT customer, t + 7776000000 AS since FROM last WHERE t <= :at - 7776000000),
	quarters (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM quarters WHERE n < 4),
	demotions AS (
		-- One step when the silence begins, one more after every three local months of it; a day
		-- that a month lacks becomes its last.
		SELECT customer, 1 + (
			SELECT COUNT(*) FROM quarters
			WHERE (unixepoch(since / 1000 + 8 * 3600, 'unixepoch', '+' || (3 * n) || ' months', 'floor') - 8 * 3600) * 1000 <= :at
		) AS steps
		FROM quiet),
	shown AS (
		SELECT level.customer, step + COALESCE(steps, 0) AS step
		FROM level LEFT JOIN demotions ON demotions.customer = level.customer)
	`

// queries yield the customers that have a tag, each once.
var queries = map[string]string{
	"会员等级/钻石": `SELECT customer FROM shown WHERE step = 0`,
	"会员等级/黄金": `SELECT customer FROM shown WHERE step = 1`,
	"会员等级/白银": `SELECT customer FROM shown WHERE step = 2`,

	"生命周期/复购": `
		SELECT customer FROM paid GROUP BY customer
		HAVING COUNT(*) >= 2 AND MAX(t) > :at - 7776000000`,
	"生命周期/下单": `
		SELECT customer FROM paid GROUP BY customer
		HAVING COUNT(*) = 1 AND MAX(t) > :at - 7776000000`,
	"生命周期/流失": `SELECT customer FROM last WHERE t <= :at - 7776000000`,

	"沉默/沉默10天": `SELECT customer FROM known GROUP BY customer HAVING MAX(t) <= :at - 864000000`,
	"沉默/沉默30天": `SELECT customer FROM known GROUP BY customer HAVING MAX(t) <= :at - 2592000000`,
	"沉默/沉默60天": `SELECT customer FROM known GROUP BY customer HAVING MAX(t) <= :at - 5184000000`,

	"月均消费/月均1000元以上":   `SELECT customer FROM monthly WHERE fen >= 3 * 100000`,
	"月均消费/月均300至1000元": `SELECT customer FROM monthly WHERE fen >= 3 * 30000 AND fen < 3 * 100000`,
	"月均消费/月均300元以下":    `SELECT customer FROM monthly WHERE fen > 0 AND fen < 3 * 30000`,

	"购买行为/高客单": `
		SELECT customer FROM paid WHERE t > :at - 31536000000
		GROUP BY customer HAVING SUM(fen) >= 50000 * COUNT(*)`,
	"购买行为/复购": `
		SELECT customer FROM paid WHERE t > :at - 15552000000
		GROUP BY customer HAVING COUNT(*) >= 2`,
	"购买行为/年购10单以上": `
		SELECT customer FROM paid WHERE t > :at - 31536000000
		GROUP BY customer HAVING COUNT(*) > 10`,
	"购买行为/近7天有下单": `SELECT customer FROM last WHERE t > :at - 604800000`,

	"客户价值/重要价值客户": `
		SELECT customer FROM paid WHERE t > :at - 31536000000
		GROUP BY customer HAVING COUNT(*) > 10 AND MAX(t) > :at - 604800000`,
}
