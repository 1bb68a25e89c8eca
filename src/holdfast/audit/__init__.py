"""The unalterable history of appointments and slots."""
