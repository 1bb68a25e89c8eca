"""Verification of an audit chain with nothing but its JSON, as any outsider could do it."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any


def canonical(value: Any) -> bytes:
    """Canonical JSON: keys sorted, no white space, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hash_of(entry: dict[str, Any]) -> str:
    """The hash of an audit entry: SHA-256 of its canonical JSON without `hash`."""
    return hashlib.sha256(canonical({k: v for k, v in entry.items() if k != "hash"})).hexdigest()


def flaws(entries: Sequence[dict[str, Any]]) -> list[str]:
    """What is wrong with a chain of audit entries, oldest first; nothing when it is whole."""
    found: list[str] = []
    previous: str | None = None
    for number, entry in enumerate(entries, 1):
        if entry["version"] != number:
            found.append(f"entry {number} has version {entry['version']}")
        if entry["previousHash"] != previous:
            found.append(f"entry {number} does not follow the one before")
        if entry["hash"] != hash_of(entry):
            found.append(f"entry {number} was altered")
        previous = entry["hash"]
    return found
