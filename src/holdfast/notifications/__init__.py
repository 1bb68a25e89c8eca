"""Who is told what, when and in which words (SPEC-deliveries §3)."""
