"""Whether the data are right: scores, comparisons, rows held back, discrepancies and their fixes."""
