"""Mail: through one SMTP server, with the phase of each try known (docs/mail.md)."""
