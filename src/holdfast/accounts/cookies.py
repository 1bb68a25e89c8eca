"""The web app's session cookie, as `Set-Cookie` writes it (SPEC 4.1)."""

from holdfast.accounts.sign_in import SESSION_SECONDS
from holdfast.config import Settings
from holdfast.http.auth import session_cookie


def set_cookie(settings: Settings, secret: str) -> dict[str, str]:
    return _cookie(settings, secret, SESSION_SECONDS)


def clear_cookie(settings: Settings) -> dict[str, str]:
    return _cookie(settings, "", 0)


def _cookie(settings: Settings, value: str, max_age_seconds: int) -> dict[str, str]:
    secure = "; Secure" if settings.is_https else ""
    return {
        "Set-Cookie": f"{session_cookie(settings)}={value}; Path=/; Max-Age={max_age_seconds}; "
        f"HttpOnly; SameSite=Strict{secure}"
    }
