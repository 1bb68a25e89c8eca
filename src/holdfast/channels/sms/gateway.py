"""The gateway of `HOLDFAST_SMS_URL`: what is posted there, and what its answers mean."""

import base64
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import orjson

from holdfast.deliveries.model import Outcome
from holdfast.deliveries.outbound import Answer
from holdfast.deliveries.retry_after import retry_after

# Twilio's number for a person who wrote STOP.
STOPPED = 21610
# The account or the path is wrong: so it is for every other message.
_WRONG_SETTING = frozenset({401, 403, 404, 405})
EXCERPT_CHARACTERS = 300
# What might be a telephone number or a code.
_DIGITS = re.compile(r"\+?\d[\d\s()/.-]{2,}\d")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where messages are posted, who posts, and from which number."""

    url: str
    authorization: str | None
    sender: str
    callback_url: str

    def request(self, number: str, text: str) -> tuple[dict[str, str], bytes]:
        """Headers and body of a message's post."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            # A connection that the gateway is just closing would leave a message's fate unknown.
            "Connection": "close",
        }
        if self.authorization is not None:
            headers["Authorization"] = self.authorization
        form = {
            "To": number,
            "From": self.sender,
            "Body": text,
            "StatusCallback": self.callback_url,
        }
        return headers, urlencode(form).encode()


def gateway_of(setting: str, base_url: str) -> Gateway:
    """
    Args:
        setting: `https://ACCOUNT:TOKEN@host/path?from=…`.
        base_url: where the gateway tells what became of a message.
    """
    parts = urlsplit(setting)
    host = parts.netloc.rpartition("@")[2]
    query = parse_qsl(parts.query, keep_blank_values=True)
    others = urlencode([(name, value) for name, value in query if name != "from"])
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    return Gateway(
        url=urlunsplit((parts.scheme, host, parts.path, others, "")),
        authorization=authorization,
        sender=next((value for name, value in query if name == "from"), ""),
        callback_url=f"{base_url}/api/v1/webhooks/notifications",
    )


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer means. has_stopped: the person wants no SMS any more."""

    outcome: Outcome
    has_stopped: bool = False


def meaning_of(answer: Answer) -> Said:
    """What became of a message that was posted.

    An answer quotes the number and the text, and the text may hold a code: neither is kept.
    """
    status, document = answer.status, _document(answer)
    code = document.get("code")
    excerpt = _excerpt(document, answer)
    if 200 <= status < 300:
        sid = document.get("sid")
        receipt_id = sid[:200] if isinstance(sid, str) and sid else None
        return Said(Outcome("sent", code=str(status), receipt_id=receipt_id))
    if status == 429 or status >= 500 or status < 400:
        outcome = Outcome(
            "failed",
            code=str(status),
            excerpt=excerpt,
            retry_seconds=retry_after(answer.headers.get("Retry-After")),
            is_lane_fault=status != 429,
        )
        return Said(outcome)
    outcome = Outcome(
        "refused",
        code=str(code) if isinstance(code, int) else str(status),
        excerpt=excerpt,
        is_lane_fault=status in _WRONG_SETTING,
    )
    return Said(outcome, has_stopped=code == STOPPED)


def _document(answer: Answer) -> dict[str, Any]:
    try:
        document = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _excerpt(document: dict[str, Any], answer: Answer) -> str | None:
    message = document.get("message")
    text = message if isinstance(message, str) else answer.text
    return _DIGITS.sub("...", text)[:EXCERPT_CHARACTERS] or None
