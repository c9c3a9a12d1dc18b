"""Articles and answers: sources, verdicts, and the people who know."""
