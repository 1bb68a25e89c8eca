"""The AsyncAPI 3 document of live updates (SPEC §5), made of the models that are used."""

from typing import Any

from pydantic import TypeAdapter

from holdfast import __version__
from holdfast.realtime.messages import MESSAGE_TYPES, Accepted, Joined, Refused
from holdfast.realtime.schemas import BOOKING_EVENTS, EVENTS

_LOCKS = ("lock-acquired", "lock-update", "lock-released", "admin-takeover", "takeover-requested")
_CURSORS = ("cursor-update", "cursor-gone")

# name: address, who may listen, what is sent there
_CHANNELS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "appointment": (
        "appointment.{appointmentId}",
        "Whoever may read the appointment.",
        (*BOOKING_EVENTS, *_LOCKS, *_CURSORS),
    ),
    "userBookings": ("user.{userId}.bookings", "That user.", BOOKING_EVENTS),
    "providerBookings": ("provider.{providerId}.bookings", "Staff in scope.", BOOKING_EVENTS),
    "availability": (
        "provider.{providerId}.availability",
        "Anyone signed in.",
        ("timeslot.updated",),
    ),
}
_ACKNOWLEDGEMENTS: dict[str, Any] = {"joined": Joined, "accepted": Accepted, "refused": Refused}


def document() -> dict[str, Any]:
    """The document, ready to be written as JSON."""
    schemas: dict[str, Any] = {}
    messages = {
        **{name: _message(name, model, schemas) for name, model in EVENTS.items()},
        **{name: _message(name, model, schemas) for name, model in MESSAGE_TYPES.items()},
        **{name: _message(name, model, schemas) for name, model in _ACKNOWLEDGEMENTS.items()},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Holdfast live updates",
            "version": __version__,
            "description": "Socket.IO 4 (Engine.IO 4) at `/socket.io`, namespace `/`. A channel is "
            "joined by the message `subscribe`; the name of a message is the Socket.IO event.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "holdfast": {
                "host": "127.0.0.1:8088",
                "pathname": "/socket.io",
                "protocol": "socket.io",
                "security": [
                    {"$ref": "#/components/securitySchemes/accessToken"},
                    {"$ref": "#/components/securitySchemes/session"},
                ],
            }
        },
        "channels": {
            **{name: _channel(name) for name in _CHANNELS},
            "connection": {
                "address": None,
                "title": "The connection itself",
                "messages": {
                    name: _ref("messages", name) for name in (*MESSAGE_TYPES, *_ACKNOWLEDGEMENTS)
                },
            },
        },
        "operations": {
            **{f"follow-{name}": _sending(name) for name in _CHANNELS},
            **{name: _receiving(name) for name in MESSAGE_TYPES},
        },
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": {
                "accessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "As `auth: {token}` of the Socket.IO handshake.",
                },
                "session": {"type": "httpApiKey", "in": "cookie", "name": "holdfast_session"},
            },
        },
    }


def _ref(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _message(name: str, model: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    title = schema.get("title", name)
    schemas[title] = schema
    return {
        "name": name,
        "summary": schema.get("description", ""),
        "payload": _ref("schemas", title),
    }


def _channel(name: str) -> dict[str, Any]:
    address, audience, events = _CHANNELS[name]
    parameter = address[address.index("{") + 1 : address.index("}")]
    return {
        "address": address,
        "description": f"Who may listen: {audience}",
        "parameters": {parameter: {"description": "A UUID."}},
        "messages": {event: _ref("messages", event) for event in events},
    }


def _sending(name: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}


def _receiving(name: str) -> dict[str, Any]:
    def of_connection(message: str) -> dict[str, str]:
        return {"$ref": f"#/channels/connection/messages/{message}"}

    accepted = "joined" if name == "subscribe" else "accepted"
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/connection"},
        "messages": [of_connection(name)],
        "reply": {
            "channel": {"$ref": "#/channels/connection"},
            "messages": [of_connection(accepted), of_connection("refused")],
        },
    }
