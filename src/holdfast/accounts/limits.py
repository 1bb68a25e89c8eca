"""How often what can be guessed or flooded may be tried (SPEC 4.1)."""

from holdfast.http.ratelimit import Limit

# Failed sign-ins within `window` seconds: so many of one account from one address are allowed
# (`pair`); fewer (`slowed`) once there were many of that account from anywhere (`account`), or from
# that address at any account (`address`).
SIGN_IN_RULES = {"window": 900, "pair": 10, "slowed": 3, "account": 100, "address": 100}
# How long each attempt waits there.
SLOWED_SECONDS = 1.0
SIGN_UPS_FROM_ADDRESS = Limit("signup", hits=20, window_seconds=3600)
# Of one sign-in; or, of tokens that are worth nothing, from one address.
REFRESHES = Limit("refresh", hits=600, window_seconds=3600)
RESET_MAILS_TO_ACCOUNT = Limit("reset-account", hits=5, window_seconds=3600)
RESET_MAILS_FROM_ADDRESS = Limit("reset-address", hits=100, window_seconds=3600)

# Sign-ins that go on at the same time; the oldest one makes room. More than anybody has devices.
SIGN_INS_OF_USER = 1000
