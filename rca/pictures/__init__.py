"""What is drawn of a diagnosis."""
