"""Foundations without a domain: database, errors, identifiers, embedded PostgreSQL."""
