"""What a run's own scope says of its trouble."""
