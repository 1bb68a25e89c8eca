"""What administrators look at: the history of all appointments, and how booking goes."""
