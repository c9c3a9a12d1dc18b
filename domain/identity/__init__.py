"""Who somebody is, on which chat, and what they may do."""
