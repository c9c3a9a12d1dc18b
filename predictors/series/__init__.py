"""What is out of the ordinary in a series of numbers."""
