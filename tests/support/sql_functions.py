"""What the SQL functions do about locks, read from their text."""

import re
from functools import cache

from holdfast.kernel.schema_files import replaceable

_FUNCTION = re.compile(
    r"^CREATE OR REPLACE FUNCTION (\w+)\((.*?)\$\$(.*?)\$\$;?$", re.MULTILINE | re.DOTALL
)
_LOCK = re.compile(
    r"FOR (NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)|pg_(try_)?advisory_xact_lock|LOCK TABLE",
    re.IGNORECASE,
)


@cache
def functions() -> dict[str, str]:
    """The body of each SQL function, by name, comments left out."""
    text = "\n".join(script.text for script in replaceable())
    return {name: re.sub(r"--.*", "", body) for name, _, body in _FUNCTION.findall(text)}


@cache
def locking_functions() -> set[str]:
    """Functions that take a row lock or an advisory lock, themselves or through another."""
    bodies = functions()
    found = {name for name, body in bodies.items() if _LOCK.search(body)}
    while True:
        more = {
            name
            for name, body in bodies.items()
            if any(re.search(rf"\b{known}\(", body) for known in found)
        }
        if more <= found:
            return found
        found |= more
