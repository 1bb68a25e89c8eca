"""SMS through a gateway that takes a form post as Twilio does (SPEC-deliveries §3)."""
