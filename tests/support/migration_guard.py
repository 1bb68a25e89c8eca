"""Finds what a migration must not do to tables that servers of the release before work on."""

import re

from holdfast.kernel.schema_files import OUTSIDE

_ALTER = r"ALTER TABLE (ONLY )?(?P<table>\w+) .*"
# What is refused, by a pattern of one statement. Tables that the same migration makes are free.
REFUSED = {
    "locks the table while it is made: CONCURRENTLY, in a file of its own": (
        r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY).*? ON (ONLY )?(?P<table>\w+)"
    ),
    "rewrites the table": _ALTER + r"ALTER (COLUMN )?\w+ (SET DATA )?TYPE",
    "reads the whole table under a lock: a check that is NOT VALID, validated, then SET NOT NULL": (
        _ALTER + r"ALTER (COLUMN )?\w+ SET NOT NULL"
    ),
    "rewrites the table, or fails where it has rows": (
        _ALTER + r"ADD (COLUMN )?(IF NOT EXISTS )?(?!CONSTRAINT|CHECK)(?!.*DEFAULT)[^,]*NOT NULL"
    ),
    "rewrites the table: a default that differs from row to row": (
        _ALTER + r"ADD (COLUMN )?.*"
        r"DEFAULT (clock_timestamp|gen_random_uuid|random|nextval)"
    ),
    "reads the whole table under a lock: NOT VALID, then VALIDATE CONSTRAINT in the next one": (
        _ALTER + r"ADD CONSTRAINT \w+ (CHECK|FOREIGN KEY)(?!.*NOT VALID)"
    ),
    "makes an index under a lock: CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX": (
        _ALTER + r"ADD (CONSTRAINT \w+ )?"
        r"(UNIQUE|PRIMARY KEY|EXCLUDE)(?! USING INDEX)"
    ),
    "servers of the release before still use it": (
        r"ALTER TABLE (ONLY )?(?P<table>\w+) .*RENAME|DROP TABLE (IF EXISTS )?(?P<gone>\w+)"
        r"|ALTER TABLE (ONLY )?(?P<smaller>\w+) .*DROP COLUMN"
    ),
    "changes what servers of the release before read and write": r"(ALTER|DROP) TYPE",
    "functions and triggers have files of their own": (
        r"(CREATE|DROP) (OR REPLACE )?(CONSTRAINT )?(FUNCTION|TRIGGER|PROCEDURE)"
    ),
    "takes what is somebody else's along": r".*\bCASCADE",
    "rewrites or locks the table": r"(VACUUM FULL|CLUSTER|REINDEX (?!.*CONCURRENTLY)|LOCK TABLE)",
}
# Said in a comment above a statement that takes away what the release before uses no more.
CONTRACT = "-- unused since release "


def refusals(text: str) -> list[str]:
    """Why a migration is refused, a line for each statement and reason; none: it may run."""
    statements = _statements(text)
    made = {
        found[2]
        for statement, _ in statements
        if (found := re.match(r"CREATE TABLE (IF NOT EXISTS )?(\w+)", statement, re.IGNORECASE))
    }
    refused: list[str] = []
    for statement, comment in statements:
        for reason, pattern in REFUSED.items():
            match = re.match(pattern, statement, re.IGNORECASE)
            if match is None or made.intersection(match.groupdict().values()):
                continue
            if reason.startswith("servers of the release before") and CONTRACT in comment:
                continue
            refused.append(f"{statement[:60]}: {reason}")
    concurrent = [one for one, _ in statements if "CONCURRENTLY" in one.upper()]
    if concurrent and not text.startswith(OUTSIDE):
        refused.append(f"{concurrent[0][:60]}: the file's first line has to be `{OUTSIDE}`")
    if text.startswith(OUTSIDE) and len(statements) != 1:
        refused.append("what runs outside a transaction is one statement")
    return refused


def _statements(text: str) -> list[tuple[str, str]]:
    """Each statement in one line without comments, and the comment above it."""
    parts = re.split(r";\s*$", text, flags=re.MULTILINE)
    both = [
        (re.sub(r"--[^\n]*", "", part), "\n".join(re.findall(r"--[^\n]*", part))) for part in parts
    ]
    return [(" ".join(code.split()), comment) for code, comment in both if code.strip()]
