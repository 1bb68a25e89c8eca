"""Edit locks: the right to edit one appointment for some minutes."""
