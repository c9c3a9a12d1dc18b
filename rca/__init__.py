"""Why it happened: evidence, ranking, honest doubt."""
