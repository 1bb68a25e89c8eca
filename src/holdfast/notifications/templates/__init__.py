"""The words of messages: built-in ones, and a house's own instead (docs/mail.md)."""
