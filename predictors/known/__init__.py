"""What was known when: runs, due times, readings of resources, and what failed alike."""
