"""Who does something: the caller of an operation, as rules and the audit trail see them."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

Role = Literal["client", "operator", "admin", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user, or the system itself.

    An operator with a `provider_id` acts as that provider and is confined to its calendar;
    one without is front desk for all (SPEC §2).

    via: how they came, where it was not by signing in: `link` (a mail's link).
    """

    id: UUID | None
    role: Role
    name: str
    email: str | None = None
    provider_id: UUID | None = None
    via: Literal["link"] | None = None

    @property
    def type(self) -> str:
        """The actor type of SPEC §1: user, provider, operator, admin or system."""
        if self.role == "client":
            return "user"
        if self.role == "operator" and self.provider_id is not None:
            return "provider"
        return self.role

    @property
    def is_staff(self) -> bool:
        return self.role in ("operator", "admin")

    def may_manage_provider(self, provider_id: UUID) -> bool:
        """Whether that provider's calendar lies in this actor's scope."""
        if self.role == "operator":
            return self.provider_id is None or self.provider_id == provider_id
        return self.role in ("admin", "system")

    def facts(self) -> dict[str, str | None]:
        """The form in which SQL functions know an actor, as plain data."""
        facts = {
            "id": str(self.id) if self.id else None,
            "type": self.type,
            "role": self.role,
            "name": self.name,
            "email": self.email,
            "providerId": str(self.provider_id) if self.provider_id else None,
        }
        return facts if self.via is None else {**facts, "via": self.via}

    def as_parameter(self) -> Jsonb:
        """The form in which SQL functions take an actor (`p_actor`)."""
        return Jsonb(self.facts())

    def as_text(self) -> str:
        """The same as JSON text, for an array of them."""
        return orjson.dumps(self.facts()).decode()


SYSTEM = Actor(id=None, role="system", name="Holdfast")
