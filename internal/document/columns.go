package document

// columnShares gives each column of a letter's table a share of the width by its
// longest text, within bounds, and never less than its name and its short cells
// need on one line (up to six characters), so that a column of numbers or labels
// is narrow and readable.
func columnShares(rows [][]string) []float64 {
	weights, least := make([]float64, len(rows[0])), make([]float64, len(rows[0]))
	for j := range weights {
		longest := 0
		for _, row := range rows {
			longest = max(longest, len([]rune(row[j])))
		}
		weights[j] = float64(min(max(longest, 2), 30))
		least[j] = (float64(min(longest, 6))*cellSize + 2*cellPad + 2) / measure
	}
	return fitShares(weights, least)
}

// fitShares shares out 1 by weight, but gives no column less than its least. A
// table with so many columns that this cannot be is shared by weight alone.
func fitShares(weights, least []float64) []float64 {
	shares, fixed := make([]float64, len(weights)), make([]bool, len(weights))
	for range weights {
		room, sum := 1.0, 0.0
		for j, w := range weights {
			if fixed[j] {
				room -= least[j]
			} else {
				sum += w
			}
		}
		if room <= 0 {
			return fitShares(weights, make([]float64, len(weights)))
		}
		settled := true
		for j, w := range weights {
			if shares[j] = least[j]; !fixed[j] {
				shares[j] = room * w / sum
			}
			if shares[j] < least[j] {
				fixed[j], settled = true, false
			}
		}
		if settled {
			break
		}
	}
	return shares
}
