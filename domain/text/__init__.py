"""Text from outside and on its way out: how it is read within bounds, masked, and made harmless."""
