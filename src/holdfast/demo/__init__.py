"""Demo data (SPEC §9): a clinic, a salon and a public office, the same every time."""

from holdfast.demo.operations import DemoSummary, load_demo
from holdfast.demo.people import ACCOUNTS, PASSWORD

__all__ = ["ACCOUNTS", "PASSWORD", "DemoSummary", "load_demo"]
