"""The walks of architecture: whole journeys through real processes."""
