"""Users, sign-in, sessions and the user-action log."""
