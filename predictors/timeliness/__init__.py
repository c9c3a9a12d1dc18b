"""When a run ends, which run is owed, and how likely it is late."""
