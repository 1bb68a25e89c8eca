"""What the commands do that are no servers; `cli.py` gives them their names and options."""
