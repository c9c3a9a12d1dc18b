"""The watch and its training: windows of runs, schedules, contests and drift."""
