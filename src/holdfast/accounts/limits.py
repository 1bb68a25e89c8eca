"""How often what can be guessed or flooded may be tried (SPEC 4.1)."""

import hashlib

from holdfast.http.ratelimit import Limit

FAILED_SIGN_INS_OF_ACCOUNT = Limit("signin-account", hits=10, window_seconds=900)
FAILED_SIGN_INS_FROM_ADDRESS = Limit("signin-address", hits=100, window_seconds=900)
SIGN_UPS_FROM_ADDRESS = Limit("signup", hits=20, window_seconds=3600)
REFRESHES_FROM_ADDRESS = Limit("refresh", hits=600, window_seconds=3600)
RESET_MAILS_TO_ACCOUNT = Limit("reset-account", hits=5, window_seconds=3600)
RESET_MAILS_FROM_ADDRESS = Limit("reset-address", hits=100, window_seconds=3600)


def account_key(email: str) -> str:
    """Stands for an address in whatever case, whether or not there is such an account."""
    return hashlib.sha256(email.lower().encode()).hexdigest()
