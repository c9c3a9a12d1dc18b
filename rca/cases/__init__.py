"""Cases in the neutral format: written, read, labelled, packed."""
