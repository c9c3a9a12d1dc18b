"""The processes of a house: what each runs, and how it is."""
