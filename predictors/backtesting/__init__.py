"""Whether a model is worth its place: questions of the past, contests, budgets of cards and levels."""
