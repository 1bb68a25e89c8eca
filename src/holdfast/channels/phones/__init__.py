"""Proving that a telephone number is somebody's own: a code by SMS (SPEC-deliveries §3)."""
