"""Short holds on one slot, with a token and an expiry."""
