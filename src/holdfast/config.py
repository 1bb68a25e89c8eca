"""Settings, read from the environment once and frozen (SPEC §9)."""

import re
import secrets
from collections.abc import Callable
from datetime import time
from functools import cached_property
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from holdfast.kernel.files import write_private
from holdfast.kernel.kafka_url import KafkaUrl, parse_kafka_url
from holdfast.kernel.p256 import new_private_key, read_private_key

SECRET_KEY_MIN_CHARACTERS = 32
_QUIET_HOURS = r"^(off|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)$"
MAXIMUM_REMINDERS = 4
_PUSHER_URL = re.compile(r"https?://[^:/@\s]+:[^/@\s]+@[^:/@\s]+(:\d{1,5})?/apps/\d+")


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it."""


class Settings(BaseSettings):
    """Everything an operator can set. Units stand last in the names."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8088
    database_url: SecretStr | None = None
    data_dir: Path = Path("data")
    secret_key: SecretStr | None = None
    # The programs of the embedded PostgreSQL; by default those with the most fixes.
    postgres_bin: Path | None = None
    api_processes: Annotated[int, Field(ge=1, le=64)] = 1
    reservation_ttl_seconds: Annotated[int, Field(ge=1, le=300)] = 120
    # What a client may have: appointments to come, and requests that wait.
    client_appointment_limit: Annotated[int, Field(ge=1, le=10_000)] = 10
    client_request_limit: Annotated[int, Field(ge=1, le=10_000)] = 5
    edit_lock_ttl_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    sweep_seconds: Annotated[float, Field(gt=0, le=3600)] = 15
    rate_limit: Literal["on", "off"] = "on"
    # Of one API process: of one address, and in all (none: as many as there are files for).
    connections_per_address: Annotated[int, Field(ge=1, le=65_536)] = 500
    connections: Annotated[int | None, Field(ge=1, le=65_536)] = None
    gather: Literal["on", "off"] = "on"
    public_url: str | None = None
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    # Whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses or networks.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    smtp_url: SecretStr | None = None
    # Where failures of delivery are reported: `bounces@example.org`.
    bounce_address: str | None = None
    sms_url: SecretStr | None = None
    # Whether an SMS whose fate nobody knows is sent again, or waits for an administrator.
    sms_uncertain: Literal["wait", "retry"] = "wait"
    vapid_private_key: SecretStr | None = None
    vapid_subject: str | None = None
    # With what those sign who tell of deliveries and calendars.
    inbound_secret: SecretStr | None = None
    # Networks that outgoing requests may reach although they are not public.
    outbound_allow: Annotated[tuple[str, ...], NoDecode] = ()
    delivery: Literal["on", "off"] = "on"
    notify_delay_seconds: Annotated[float, Field(ge=0, le=3600)] = 10
    # Of people who set none; `off` for none.
    quiet_hours: Annotated[str, Field(pattern=_QUIET_HOURS)] = "21:00-08:00"
    # Minutes before the start.
    reminders: Annotated[tuple[int, ...], NoDecode] = (1440, 60)
    delivery_log_days: Annotated[int, Field(ge=1, le=3650)] = 90
    # Keys that were in use before: they open, and seal nothing.
    secret_key_previous: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    # Apache Kafka as the bus; the two mean the same.
    kafka_url: SecretStr | None = None
    kafka_bootstrap: SecretStr | None = None
    redis_url: SecretStr | None = None
    pusher_url: SecretStr | None = None
    # Where a telephone number without a country's code belongs.
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "DE"
    log_format: Literal["text", "json"] = "text"
    # Not from the environment: only `serve --demo` sets it.
    _is_demo: bool = PrivateAttr(default=False)

    @field_validator("database_url")
    @classmethod
    def _postgres_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < SECRET_KEY_MIN_CHARACTERS:
            raise ValueError(f"must have at least {SECRET_KEY_MIN_CHARACTERS} characters")
        return value

    @field_validator("public_url")
    @classmethod
    def _http_url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/") if value else None

    @field_validator("smtp_url")
    @classmethod
    def _smtp_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("smtp://", "smtps://")):
            raise ValueError("must start with smtp:// or smtps://")
        return value

    @field_validator("kafka_url", "kafka_bootstrap")
    @classmethod
    def _kafka_servers(cls, value: SecretStr | None) -> SecretStr | None:
        if not value or not value.get_secret_value():
            return None
        parse_kafka_url(value.get_secret_value())
        if find_spec("confluent_kafka") is None:
            raise ValueError("needs a library that is not installed: pip install 'holdfast[kafka]'")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("pusher_url")
    @classmethod
    def _pusher_service(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not _PUSHER_URL.fullmatch(value.get_secret_value()):
            raise ValueError("must look like https://KEY:SECRET@HOST:PORT/apps/NUMBER")
        return value

    @field_validator("sms_url")
    @classmethod
    def _sms_gateway(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("vapid_private_key")
    @classmethod
    def _key_for_push(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            try:
                read_private_key(value.get_secret_value())
            except ValueError:
                # Not its message: it may quote the key.
                raise ValueError("must be a P-256 key: 32 bytes in base64url, or PEM") from None
        return value

    @field_validator("vapid_subject")
    @classmethod
    def _contact_for_push(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"(mailto:[^@\s]+@[^@\s]+|https://\S+)", value):
            raise ValueError("must be mailto: with an e-mail address, or an https:// address")
        return value

    @field_validator("bounce_address")
    @classmethod
    def _one_address(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"[^@\s+]{1,20}@[^@\s]+", value):
            raise ValueError(
                "must look like bounces@example.org, with at most 20 characters before @"
            )
        return value

    @field_validator("reminders")
    @classmethod
    def _sensible_reminders(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) > MAXIMUM_REMINDERS or any(not 15 <= minutes <= 10080 for minutes in value):
            raise ValueError("at most four numbers of minutes, each 15 to 10080")
        return tuple(sorted(set(value), reverse=True))

    @field_validator(
        *(
            "allowed_origins",
            "trusted_proxies",
            "outbound_allow",
            "reminders",
            "secret_key_previous",
        ),
        mode="before",
    )
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if origin != "*" and (parts.scheme not in ("http", "https") or not parts.netloc):
                raise ValueError(f"{origin} is not an origin such as https://app.example.org")
        return tuple(origin.rstrip("/") for origin in value)

    @field_validator("trusted_proxies", "outbound_allow")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)
        return value

    @field_validator("phone_region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        if value != "DE":
            # Not for everybody's start: the library has large tables.
            from phonenumbers import SUPPORTED_REGIONS

            if value not in SUPPORTED_REGIONS:
                raise ValueError("must be the two letters of a country, such as US")
        return value

    @cached_property
    def base_url(self) -> str:
        """Where users reach this server, without a trailing slash."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def is_demo(self) -> bool:
        """Whether this is `serve --demo`, for nobody but who sits at this machine."""
        return self._is_demo

    def for_demo(self) -> "Settings":
        """The same settings for `serve --demo`."""
        settings = self.model_copy()
        settings._is_demo = True
        return settings

    @property
    def is_https(self) -> bool:
        """Whether users reach this server by https."""
        return self.base_url.startswith("https://")

    @property
    def quiet_from_to(self) -> tuple[time, time]:
        """When quiet hours begin and end; equal times mean that there are none."""
        if self.quiet_hours == "off":
            return time(0), time(0)
        begins, _, ends = self.quiet_hours.partition("-")
        return time.fromisoformat(begins), time.fromisoformat(ends)

    @cached_property
    def kafka(self) -> KafkaUrl | None:
        """Where Apache Kafka is, if it is the bus."""
        given = self.kafka_url or self.kafka_bootstrap
        return parse_kafka_url(given.get_secret_value()) if given else None

    @property
    def limits_requests(self) -> bool:
        return self.rate_limit == "on"


def read_settings() -> Settings:
    """Read the environment.

    Raises:
        SettingsError: a setting has a bad value; every bad one is named with what is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"HOLDFAST_{'_'.join(str(part) for part in item['loc'][:1]).upper()}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("\n".join(lines)) from None


def check_secret_key(settings: Settings) -> None:
    """Refuse to do without a secret key where none can be kept.

    Raises:
        SettingsError: there is none, and the database is an external one.
    """
    if settings.database_url is not None and settings.secret_key is None:
        raise SettingsError(
            "HOLDFAST_SECRET_KEY is needed together with HOLDFAST_DATABASE_URL: at least 32 "
            "random characters, the same for all servers of this database (for example from "
            "`openssl rand -base64 48`)"
        )


def check_public_url(settings: Settings) -> None:
    """Refuse to send messages whose links lead nowhere.

    Raises:
        SettingsError: a way to people is set, and the address that they open is not.
    """
    if settings.public_url is not None:
        return
    ways = ways_to_people(settings)
    if ways:
        raise SettingsError(
            f"HOLDFAST_PUBLIC_URL is needed together with {' and '.join(ways)}: the address at "
            "which people reach this server (such as https://book.example.org), to which the "
            "links in messages lead"
        )


def ways_to_people(settings: Settings) -> list[str]:
    """The settings by which messages to people leave, of those that are set."""
    ways = {
        "HOLDFAST_SMTP_URL": settings.smtp_url,
        "HOLDFAST_SMS_URL": settings.sms_url,
        "HOLDFAST_VAPID_PRIVATE_KEY": settings.vapid_private_key,
    }
    return [name for name, value in ways.items() if value is not None]


def check_demo_is_local(settings: Settings) -> None:
    """Refuse to serve the demo, whose passwords are public, to others than who sits here.

    Raises:
        SettingsError: an address is not loopback; it is named.
    """
    wrong = []
    if not _is_loopback(settings.host):
        wrong.append(f"HOLDFAST_HOST: {settings.host}")
    if settings.public_url and not _is_loopback(urlsplit(settings.public_url).hostname or ""):
        wrong.append(f"HOLDFAST_PUBLIC_URL: {settings.public_url}")
    if wrong:
        raise SettingsError(
            "\n".join(f"{what} is not a loopback address" for what in wrong)
            + "\nThe passwords of the demo accounts are public: `serve --demo` answers only this "
            "machine. Unset it, or run `holdfast serve`."
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def keep_secret_key(data_dir: Path) -> SecretStr:
    """The secret key kept in the data directory, made at the first call (mode 0600)."""
    return _keep(data_dir / "secret_key", lambda: secrets.token_urlsafe(48))


def keep_vapid_key(data_dir: Path) -> SecretStr:
    """The key for Web Push kept in the data directory, made at the first call (mode 0600)."""
    return _keep(data_dir / "vapid_private_key", new_private_key)


def _keep(path: Path, new: Callable[[], str]) -> SecretStr:
    try:
        return SecretStr(path.read_text().strip())
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, new() + "\n")
        return SecretStr(path.read_text().strip())
