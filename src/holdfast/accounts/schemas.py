"""Wire models of accounts (SPEC 4.1)."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from holdfast.accounts.password_rules import (
    PASSWORD_MAX_CHARACTERS,
    PASSWORD_MIN_CHARACTERS,
    clean_password,
    normalised_password,
)
from holdfast.accounts.rules import clean_preferences
from holdfast.http.contact import Email, Phone
from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Boolean, Id, Instant, Integer, Line, Timezone, WireModel

Role = Literal["client", "operator", "admin"]
_PASSWORD_SCHEMA: dict[str, Any] = {
    "format": "password",
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$",
}
PasswordToSet = Annotated[
    str,
    StringConstraints(min_length=PASSWORD_MIN_CHARACTERS, max_length=PASSWORD_MAX_CHARACTERS),
    AfterValidator(clean_password),
    Field(json_schema_extra=_PASSWORD_SCHEMA, examples=["correct horse battery"]),
]
NewPassword = Annotated[PasswordToSet, Field(repr=False)]
Password = Annotated[
    str,
    StringConstraints(min_length=1, max_length=PASSWORD_MAX_CHARACTERS),
    AfterValidator(normalised_password),
    Field(json_schema_extra={"format": "password"}, examples=["correct horse battery"], repr=False),
]
Preferences = Annotated[
    dict[str, Any],
    AfterValidator(clean_preferences),
    Field(
        description="Any small JSON object; a change replaces all of it.",
        examples=[{"theme": "dark", "reminders": {"email": True, "sms": False}}],
    ),
]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


SEARCH_TEXT = (
    "Words of a name or an e-mail address by their beginnings, in any order, whatever their "
    "accents (mueller and muller find Müller); a telephone number by its last or first digits"
)


class SignUp(WireModel):
    """A new account; its role is always `client`."""

    email: Email
    password: NewPassword
    name: Line = Field(examples=["Kim Example"])
    phone: Phone | None = None


class Credentials(WireModel):
    """An e-mail address and its password."""

    email: Email
    password: Password


class RefreshRequest(WireModel):
    """The refresh token of the last sign-in or refresh."""

    refresh_token: Secret = Field(repr=False)


class SignOutRequest(KeyedRequest):
    """The refresh token whose family is to end."""

    refresh_token: Secret | None = Field(default=None, repr=False)


class PasswordChange(WireModel):
    """The password that is in force, and the one to have from now on."""

    current: Password
    new: NewPassword


class SignIn(WireModel):
    """A sign-in that goes on: by the web app's cookie, or by tokens."""

    id: Id
    kind: Literal["cookie", "tokens"]
    created_at: Instant
    last_used_at: Instant = Field(description="Exact to some minutes.")
    expires_at: Instant = Field(description="When it ends unless it is renewed.")
    address: str | None = Field(examples=["192.0.2.7"])
    user_agent: str | None
    current: bool = Field(description="Whether it is the one that asks.")


class ResetMailRequest(WireModel):
    """The address whose owner cannot sign in."""

    email: Email


class ResetRequest(WireModel):
    """The secret from the mail, and the password to have from now on."""

    token: Secret = Field(repr=False)
    password: NewPassword


class User(WireModel):
    """A person; `providerId` links an operator to the provider they are.

    A client whom staff have entered may have no `email`, and then cannot sign in.
    """

    id: Id
    email: str | None
    name: str
    phone: str | None
    role: Role
    timezone: str | None
    preferences: dict[str, Any]
    provider_id: Id | None
    is_active: bool
    version: int
    created_at: Instant
    updated_at: Instant


class Client(WireModel):
    """A client as operators see them in a list."""

    id: Id
    name: str
    email: str | None
    phone: str | None


class SignedInAnswer(WireModel):
    """What a client needs to go on; `expiresIn` is the access token's life in seconds."""

    user: User
    access_token: str
    refresh_token: str
    expires_in: int = Field(examples=[900])


class SessionAnswer(WireModel):
    """Whose session the cookie now stands for."""

    user: User


class CurrentSession(WireModel):
    """Whose session the cookie stands for; null without one."""

    user: User | None


class NeutralAnswer(WireModel):
    """The same whether or not there is such an account."""

    message: str


class NewUser(KeyedRequest):
    """A client entered by staff, or an account made by an administrator."""

    email: Email | None = Field(default=None, description="Needed unless a client has a `phone`.")
    password: PasswordToSet | None = Field(
        default=None,
        repr=False,
        description="Needed for operators and administrators; given by administrators only.",
    )
    name: Line = Field(examples=["Robin Example"])
    role: Role = Field(default="client", description="Operators enter clients only.")
    phone: Phone | None = None
    provider_id: Id | None = Field(default=None, description="For the role `operator` only.")


def _left_out() -> Any:
    """The default of a field that may be left out but not be null."""
    return None


class UserPatch(WireModel):
    """What to change; a field that is left out stays.

    Everyone may change their own name, phone, time zone and preferences; the rest is for
    administrators.
    """

    name: Line = Field(default_factory=_left_out)
    phone: Phone | None = None
    timezone: Timezone | None = None
    preferences: Preferences = Field(default_factory=_left_out)
    email: Email = Field(default_factory=_left_out)
    role: Role = Field(default_factory=_left_out)
    provider_id: Id | None = Field(default=None, description="Null ends the link.")
    is_active: Boolean = Field(default_factory=_left_out)
    version: Integer | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Change this version only (SPEC 4.7)."
    )


class UserAction(WireModel):
    """What a user tried, and what was answered."""

    id: Id
    at: Instant
    action: str = Field(examples=["appointments.cancel"])
    target: str | None = Field(examples=["/api/v1/appointments/0198…/cancel"])
    status: int = Field(description="The HTTP status answered.")
    scenario: str | None = Field(description="The problem's code, when refused.")
    request_id: str | None
    address: str | None
    user_agent: str | None
