"""Loops that tidy up; correctness never waits for one."""
