"""Whether messages to people can leave: by SMS and by push, and where their links lead."""

import asyncio
from urllib.parse import urlsplit

from holdfast.channels.push.vapid import Vapid
from holdfast.channels.sms.gateway import Gateway, gateway_of
from holdfast.config import Settings, ways_to_people
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.outbound import Answer, Outbound, OutboundError
from holdfast.doctor.finding import Finding, bad, good, skipped
from holdfast.kernel.p256 import from_base64url, is_signed_by, read_public_key

_AUDIENCE = "https://push.example.org"
_SMS_REMEDY = "correct HOLDFAST_SMS_URL (https://ACCOUNT:TOKEN@host/path?from=+49…)"


def check_public_address(settings: Settings) -> Finding:
    """Whether links in messages lead to an address that people can open."""
    what = "public address"
    ways = ways_to_people(settings)
    if settings.public_url is not None:
        return good(what, settings.public_url)
    if ways:
        said = f"links in messages lead to {settings.base_url}, and the server will not start"
        return bad(what, said, "set HOLDFAST_PUBLIC_URL to the address that people open")
    return skipped(what, "HOLDFAST_PUBLIC_URL is not set: links lead to this machine")


def check_sms(settings: Settings) -> Finding:
    """Ask the gateway for what it has, with the account that sends; send nothing."""
    what = "SMS gateway"
    if settings.sms_url is None:
        return skipped(what, "HOLDFAST_SMS_URL is not set: no SMS is sent")
    gateway = gateway_of(settings.sms_url.get_secret_value(), settings.base_url)
    host = urlsplit(gateway.url).hostname or "?"
    if not gateway.sender:
        return bad(what, f"{host}: there is no ?from= to send from", _SMS_REMEDY)
    try:
        answer = asyncio.run(_ask(gateway, Guard(settings.outbound_allow)))
    except OutboundError as error:
        remedy = _SMS_REMEDY
        if error.trouble == "not_allowed":
            remedy = "name its network in HOLDFAST_OUTBOUND_ALLOW, or correct HOLDFAST_SMS_URL"
        return bad(what, f"{host}: {error}", remedy)
    if answer.status in (401, 403):
        return bad(what, f"{host} refuses the account ({answer.status})", _SMS_REMEDY)
    if answer.status == 404:
        return bad(what, f"{host} has nothing at this path (404)", _SMS_REMEDY)
    if answer.status >= 500:
        return bad(what, f"{host} is in trouble ({answer.status})", "ask who runs the gateway")
    if answer.status < 300:
        return good(what, f"{host} answers, and takes the account")
    # Some gateways take a POST and nothing else, and who posts sends.
    return good(what, f"{host} answers ({answer.status}); the account cannot be tried unsent")


async def _ask(gateway: Gateway, guard: Guard) -> Answer:
    outbound = Outbound(guard)
    headers = {"Accept": "application/json"}
    if gateway.authorization is not None:
        headers["Authorization"] = gateway.authorization
    try:
        return await outbound.request("GET", gateway.url, headers=headers)
    finally:
        await outbound.close()


def check_push(settings: Settings) -> Finding:
    """Whether the key loads, and what it signs fits the key that browsers are given."""
    what = "push messages"
    kept = settings.data_dir.resolve() / "vapid_private_key"
    keys: dict[str, str] = {}
    if settings.vapid_private_key is not None:
        keys["HOLDFAST_VAPID_PRIVATE_KEY"] = settings.vapid_private_key.get_secret_value()
    if settings.database_url is None and kept.exists():
        keys[str(kept)] = kept.read_text().strip()
    if not keys:
        if settings.database_url is None:
            return skipped(what, "a key is made at the first start")
        return skipped(what, "HOLDFAST_VAPID_PRIVATE_KEY is not set: no push message is sent")
    public_keys: list[str] = []
    for name, private_key in keys.items():
        try:
            public_keys.append(_public_key(private_key))
        except ValueError as error:
            remedy = "put a P-256 key there: 32 bytes in base64url, or PEM"
            return bad(what, f"{name} cannot be used: it {error}", remedy)
    if len(set(public_keys)) > 1:
        said = " is another key than ".join(keys)
        return bad(what, said, "unset the one, or remove the other: browsers know one key only")
    return good(what, f"signed as {public_keys[0][:12]}…")


def _public_key(private_key: str) -> str:
    """The key that browsers are given, after it has checked a signature of the other one.

    Raises:
        ValueError: the key cannot be read, or they are no pair.
    """
    vapid = Vapid(private_key, "mailto:postmaster@localhost")
    token = vapid.authorization(f"{_AUDIENCE}/").removeprefix("vapid t=").partition(",")[0]
    text, _, signature = token.rpartition(".")
    key = read_public_key(vapid.public_key)
    if not is_signed_by(key, text.encode(), from_base64url(signature)):
        raise ValueError("signs what does not fit it")
    return vapid.public_key
