"""Articles, where they come from, and who may read them."""
