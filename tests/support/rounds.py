"""How often what happens by chance is tried: HOLDFAST_TEST_ROUNDS (docs/testing.md)."""

import os

TIMES = int(os.environ.get("HOLDFAST_TEST_ROUNDS", "1"))


def rounds(usual: int) -> int:
    """The usual number of rounds, or so many times as many."""
    assert TIMES >= 1, "HOLDFAST_TEST_ROUNDS is a whole number from 1 on"
    return usual * TIMES
