"""What every route shares: problems, authentication, idempotency, paging."""
