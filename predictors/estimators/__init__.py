"""Estimators and how they are joined: a logistic model with priors, forests, and the share of each."""
