"""Who may have done it: findings that take several services to see."""
