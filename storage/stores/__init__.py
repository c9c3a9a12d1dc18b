"""One repository a kind of thing, in and out as domain objects."""
