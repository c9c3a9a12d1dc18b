"""Who has to say yes to what: the policy, its rulings, requests and the tally of decisions."""
