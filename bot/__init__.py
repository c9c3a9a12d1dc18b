"""People talk to us here: chat platforms in, cards out."""
