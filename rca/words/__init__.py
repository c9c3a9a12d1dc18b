"""What is said of a diagnosis, by a language model or for one, and what holds it to the evidence."""
