"""`holdfast doctor`: whether Holdfast can run here, and what to do where it cannot."""

from holdfast.doctor.examine import examine

__all__ = ["examine"]
