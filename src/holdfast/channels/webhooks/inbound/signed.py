"""Reports as JSON, signed as Standard Webhooks says, by whatever mail or SMS service there is."""

import base64
import re
from typing import Annotated, Literal
from uuid import UUID

import orjson
from pydantic import StringConstraints, ValidationError, model_validator

from holdfast.channels.webhooks.signing import PREFIX
from holdfast.config import Settings
from holdfast.deliveries.receipts import Noted, Receipt, note_receipt
from holdfast.http.wire import Id, Reason, WireModel
from holdfast.http.wording import errors_of
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal

SOURCE = "signed"
# What is shorter is no secret in base64, but one whose other characters were dropped.
KEY_BYTES = 12
# How mails are named: `<{deliveryId}@host>`.
_MESSAGE_ID = re.compile(r"<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^\s@]+", re.IGNORECASE)


class Report(WireModel):
    """What became of a delivery, which is named by our id or by the other side's."""

    delivery_id: Id | None = None
    message_id: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    status: Literal["delivered", "failed", "bounced", "complained", "stopped", "started"]
    detail: Reason | None = None

    @model_validator(mode="after")
    def _named(self) -> "Report":
        if (self.delivery_id is None) == (self.message_id is None):
            raise ValueError("give deliveryId or messageId, one of them")
        if self.message_id is not None and "\x00" in self.message_id:
            raise ValueError("messageId must not contain control characters")
        return self


def secrets_of(settings: Settings) -> list[bytes]:
    """The keys that a signature may be made with; none: nobody may report."""
    if settings.inbound_secret is None:
        return []
    secret = settings.inbound_secret.get_secret_value()
    try:
        # As the libraries of Standard Webhooks read a secret.
        decoded = base64.b64decode(secret.removeprefix(PREFIX) + "==")
    except ValueError:
        decoded = b""
    if secret.startswith(PREFIX):
        return [decoded] if decoded else []
    return [secret.encode(), *([decoded] if len(decoded) >= KEY_BYTES else [])]


def read_report(body: bytes) -> Report:
    """The report that a body is.

    Raises:
        Refusal: `malformed_json`, `validation_failed`.
    """
    try:
        return Report.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise Refusal("malformed_json", "The body is not well-formed JSON.") from None
    except ValidationError as error:
        errors = errors_of(error.errors())
        detail = f"{errors[0]['field']}: {errors[0]['message']}"
        raise Refusal("validation_failed", detail, details={"errors": errors}) from None


async def receive(db: Database, message_id: str, report: Report) -> Noted:
    """Note what a signed report says."""
    delivery_id: UUID | None = report.delivery_id
    if report.message_id is not None and (found := _MESSAGE_ID.match(report.message_id)):
        delivery_id = UUID(found[1])
    return await note_receipt(
        db,
        Receipt(
            SOURCE,
            message_id,
            report.status,
            delivery_id=delivery_id,
            receipt_id=report.message_id,
        ),
    )
