"""The hash of an audit entry, from its JSON alone.

Whoever keeps the JSON of an audit list can check it without this database: each entry's `hash` is
the SHA-256 of its canonical JSON (RFC 8785) without `hash`, and contains the hash before it as
`previousHash`.
"""

import hashlib
from typing import Any

import orjson


def canonical_json(value: Any) -> bytes:
    """Keys sorted, no white space, UTF-8; right for what occurs in entries (no fractions)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def entry_hash(entry: dict[str, Any]) -> str:
    """The hash, in hexadecimal, that this entry must have."""
    content = {name: value for name, value in entry.items() if name != "hash"}
    return hashlib.sha256(canonical_json(content)).hexdigest()


def entry_fault(text: str) -> str | None:
    """What is wrong with the hash of an audit entry given as JSON text; None when it is right."""
    entry = orjson.loads(text)
    if entry_hash(entry) == entry["hash"]:
        return None
    return f"entry {entry['version']} does not have the hash of its content"
