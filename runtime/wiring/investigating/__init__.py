"""Evidence for incidents: where it comes from, how it is gathered, and who diagnoses."""
