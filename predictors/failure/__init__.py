"""How likely the runs of the next hour are to come to grief."""
