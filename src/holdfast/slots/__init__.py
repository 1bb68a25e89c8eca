"""Published periods of a provider, and what is free."""
