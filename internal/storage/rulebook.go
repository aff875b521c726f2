package storage

import "xiaobao/internal/calendar"

// AddShadow counts findings of a shadow rule on a day.
func (tx *Tx) AddShadow(rule string, on calendar.Date, n int) {
	tx.Exec(`INSERT INTO rule_shadow (rule, day, n) VALUES (?, ?, ?) ON CONFLICT (rule, day) DO UPDATE SET n = rule_shadow.n + excluded.n`, rule, on.String(), n)
}

// Shadows returns how often each rule would have spoken since a day.
func (tx *Tx) Shadows(since calendar.Date) (map[string]int, error) {
	rows, err := tx.Query(`SELECT rule, n FROM rule_shadow WHERE day >= ? ORDER BY rule, day`, since.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var rule string
		var n int
		if err := rows.Scan(&rule, &n); err != nil {
			return nil, err
		}
		out[rule] += n
	}
	return out, rows.Err()
}
