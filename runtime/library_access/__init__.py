"""How other processes reach the library, and what they answer from while it is away."""
