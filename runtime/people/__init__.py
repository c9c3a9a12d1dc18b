"""Who is known to the house, and what operators ended, whatever the people file says."""
