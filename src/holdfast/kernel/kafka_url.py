"""Where Apache Kafka is: `kafka://user:password@host1:9092,host2?sasl=plain&tls=on`."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

DEFAULT_PORT = 9092
DEFAULT_PREFIX = "holdfast"
MECHANISMS = {
    "plain": "PLAIN",
    "scram-sha-256": "SCRAM-SHA-256",
    "scram-sha-512": "SCRAM-SHA-512",
}
MAXIMUM_SERVERS = 20
_SERVER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class KafkaUrl:
    """What a Kafka URL says.

    servers: `host:port`, the first ones to ask. mechanism: of SASL, as Kafka names it.
    ca_file: the certificates that are trusted, if not the system's. prefix: of topics and groups.
    """

    servers: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    mechanism: str | None = None
    uses_tls: bool = False
    ca_file: str | None = None
    prefix: str = DEFAULT_PREFIX

    def __str__(self) -> str:
        """The servers, without a secret."""
        return ",".join(self.servers)


def parse_kafka_url(text: str) -> KafkaUrl:
    """Read a URL; `host:port` alone means one, too.

    Raises:
        ValueError: what is wrong with it; nothing secret is in the message.
    """
    scheme, found, rest = text.partition("://")
    if not found:
        rest = text
    elif scheme != "kafka":
        raise ValueError("must start with kafka://")
    place, _, query = rest.partition("?")
    login, _, hosts = place.rstrip("/").rpartition("@")
    options = _options(query)
    user, _, password = (unquote(part) for part in login.partition(":"))
    mechanism = options.get("sasl", "").lower()
    if mechanism and mechanism not in MECHANISMS:
        raise ValueError(f"sasl must be one of {', '.join(MECHANISMS)}")
    if bool(login) != bool(mechanism):
        raise ValueError("user:password@ and sasl= belong together")
    if login and not (user and password):
        raise ValueError("must have user:password before the @")
    if options.get("tls", "off") not in ("on", "off"):
        raise ValueError("tls must be on or off")
    prefix = options.get("prefix", DEFAULT_PREFIX)
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("prefix may have letters, digits, dots, underscores and hyphens")
    return KafkaUrl(
        servers=_servers(hosts),
        user=user or None,
        password=password or None,
        mechanism=MECHANISMS.get(mechanism),
        uses_tls=options.get("tls") == "on",
        ca_file=options.get("ca"),
        prefix=prefix,
    )


def _servers(hosts: str) -> tuple[str, ...]:
    names = hosts.split(",")
    if len(names) > MAXIMUM_SERVERS:
        raise ValueError(f"at most {MAXIMUM_SERVERS} servers")
    found = []
    for name in names:
        match = _SERVER.fullmatch(name)
        if match is None or not 0 < int(match[1] or DEFAULT_PORT) <= 65535:
            raise ValueError("must look like kafka://host1:9092,host2:9092")
        found.append(name if match[1] else f"{name}:{DEFAULT_PORT}")
    return tuple(found)


def _options(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ValueError("after the ? must come name=value, joined by &") from None
    options = dict(pairs)
    unknown = options.keys() - {"sasl", "tls", "ca", "prefix"}
    if unknown:
        raise ValueError("after the ? only sasl, tls, ca and prefix are known")
    if len(options) != len(pairs):
        raise ValueError("each option may be given once")
    return options
