"""Foresight: estimates, alerts, who hears of them and when, and how right they were."""
