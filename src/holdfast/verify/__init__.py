"""Whether the live data keeps the rules I1 to I9 (SPEC §3): all at once, or a part at a time."""

from holdfast.verify.operations import Progress, assert_clean, check_database
from holdfast.verify.report import CheckResult, Report, Violation
from holdfast.verify.store import CannotVerify

__all__ = [
    "CannotVerify",
    "CheckResult",
    "Progress",
    "Report",
    "Violation",
    "assert_clean",
    "check_database",
]
