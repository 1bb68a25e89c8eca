"""Which PostgreSQL to use, and making it ready: an external one, or the embedded one (SPEC §9)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from holdfast.config import Settings, keep_secret_key, keep_vapid_key
from holdfast.kernel.db import SERVER_ROLE
from holdfast.kernel.embedded import DataDirInUse, EmbeddedPostgres, credentials, sockets
from holdfast.kernel.migrate import migrate
from holdfast.kernel.server_role import server_role
from holdfast.runtime.errors import CannotRun

# Connections of all API processes together, so that a PostgreSQL with the usual limit of 100 has
# some left for workers, migrations and a person.
API_CONNECTIONS = 80
LARGEST_POOL = 20
SMALLEST_POOL = 5
WORKER_POOL = 5
OTHER_CONNECTIONS = 30

log = logging.getLogger("holdfast.runtime")


@dataclass(frozen=True)
class Place:
    """A PostgreSQL that can be logged into.

    owner_url: the login that may change the schema; server_url: the one that the server uses.
    Both are the same for an external database.
    """

    owner_url: str
    server_url: str
    embedded_in: Path | None


@dataclass(frozen=True)
class Login:
    """How the server logs in: a URL and the role to take afterwards (None: as logged in)."""

    url: str
    role: str | None


def pool_size(processes: int) -> int:
    """Connections at most for each of so many API processes."""
    return max(SMALLEST_POOL, min(LARGEST_POOL, API_CONNECTIONS // processes))


def connections_needed(processes: int) -> int:
    """Connections at most of a whole server: its API processes, its workers, its start."""
    return processes * pool_size(processes) + WORKER_POOL + 1


@contextmanager
def database(settings: Settings, *, join: bool = False) -> Iterator[Place]:
    """The database of these settings, for as long as the block lasts.

    Args:
        join: use the embedded PostgreSQL of another Holdfast that runs in the data directory;
            otherwise it is refused.
    Raises:
        DataDirInUse, EmbeddedError: the embedded PostgreSQL cannot be used.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        yield Place(url, url, None)
        return
    data_dir = settings.data_dir.resolve()
    limit = max(120, connections_needed(settings.api_processes) + OTHER_CONNECTIONS)
    postgres = EmbeddedPostgres(
        data_dir, bin_dir=settings.postgres_bin, settings={"max_connections": str(limit)}
    )
    try:
        postgres.start()
    except DataDirInUse:
        if not join:
            raise
        yield _running_in(data_dir)
        return
    try:
        yield Place(postgres.owner_url, postgres.server_url, data_dir)
    finally:
        postgres.stop()


def _running_in(data_dir: Path) -> Place:
    passwords = credentials.load_or_make(data_dir, may_make=False)
    try:
        place = sockets.find_directory(data_dir)
    except OSError:
        raise CannotRun(f"the PostgreSQL in {data_dir} is just starting: try again") from None
    return Place(
        passwords.url(credentials.OWNER, place), passwords.url(credentials.SERVER, place), data_dir
    )


def with_kept_keys(settings: Settings, place: Place) -> Settings:
    """The settings with a secret key, and beside an embedded database one for Web Push: those
    given, else those kept in the data directory."""
    kept: dict[str, SecretStr] = {}
    if settings.secret_key is None:
        assert place.embedded_in is not None, "check_secret_key comes first"
        kept["secret_key"] = keep_secret_key(place.embedded_in)
    if settings.vapid_private_key is None and place.embedded_in is not None:
        kept["vapid_private_key"] = keep_vapid_key(place.embedded_in)
    return settings.model_copy(update=kept)


def prepare(place: Place) -> Login:
    """Bring the schema up to date and say how the server logs in.

    Raises:
        MigrationError: the schema cannot be brought to this version.
        CannotRun: the database cannot be reached.
    """
    with reachable():
        applied = migrate(place.owner_url)
        role = server_role(place.server_url)
    if applied:
        structlog.get_logger("holdfast.runtime").info("migrated", scripts=len(applied))
    login = Login(place.server_url, role)
    if role is None and conninfo_to_dict(login.url).get("user") != SERVER_ROLE:
        log.warning(
            "the login of HOLDFAST_DATABASE_URL may not act as %s: the server runs with the "
            "login's own rights, which do not protect the audit trail from it",
            SERVER_ROLE,
        )
    return login


@contextmanager
def reachable() -> Iterator[None]:
    """Turn the failure to connect into one line.

    Raises:
        CannotRun: the database cannot be reached, or refuses the login.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise CannotRun(f"the database cannot be used: {said}") from error
