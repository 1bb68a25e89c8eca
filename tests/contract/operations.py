"""Every operation of the API: who may do it, and a request that whoever may gets answered 2xx.

A new operation is one line of OPERATIONS.
"""
# ruff: noqa: E501

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.contract.scene import CALLERS, Scene
from tests.deliveries.phones.people import browser
from tests.support.api import Api
from tests.support.make import soon
from tests.support.passwords import PASSWORD


def access(text: str) -> dict[str, int]:
    """Statuses by caller, in the order of CALLERS; 200 stands for any 2xx."""
    return dict(zip(CALLERS, map(int, text.split()), strict=True))


# SPEC §2. 404 rather than 403 wherever the caller may not know that the thing exists.
#                  anonymous client stranger desk foreign provider admin
PUBLIC = access("     200     200     200    200   200     200     200")
SIGNED_IN = access("  401     200     200    200   200     200     200")
STAFF = access("      401     403     403    200   200     200     200")
STAFF_IN_SCOPE = access("401  403     403    200   404     200     200")
# The front desk runs calendars, and does not connect them.
OWN_CALENDAR = access("401    403     403    403   404     200     200")
ADMIN = access("      401     403     403    403   403     403     200")
SELF = access("       401     200     404    404   404     404     200")
# What not even an administrator sees of others.
ONLY_OWN = access("   401     200     404    404   404     404     404")
# About one client's appointment or reservation.
OWN = access("        401     200     404    200   404     200     200")
ITS_STAFF = access("  401     403     404    200   404     200     200")
ITS_ADMIN = access("  401     403     404    403   404     403     200")
# As above, where the role is looked at before the appointment is.
ANY_ADMIN = ADMIN
# Deleted appointments are gone for their client.
DELETED_ADMIN = access("401   404     404    403   404     403     200")
# For a client by name: another client may not, an operator only for the own provider.
ON_BEHALF = access("  401     200     403    200   404     200     200")
LIST_OF_CLIENT = access("401  200     404    200   200     200     200")

Body = Callable[[Scene], Any]


@dataclass(frozen=True)
class Operation:
    """A request to one operation, made valid by a scene.

    Args:
        name: method and path as in OpenAPI, below /api/v1.
        expected: the status for each caller.
        body: the JSON body; None for none.
        query: the query.
        key: whether an Idempotency-Key is sent.
        match: the version that If-Match names; None for no header.
        about: attributes of the scene that path parameters stand for, where the name differs.
        note: what sets this request apart from others of the same operation.
    """

    name: str
    expected: dict[str, int]
    body: Body | None = None
    query: Body | None = None
    key: bool = False
    match: int | None = None
    about: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def id(self) -> str:
        return f"{self.name} {self.note}".strip()

    @property
    def method(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def template(self) -> str:
        return self.name.partition(" ")[2]

    @property
    def is_read(self) -> bool:
        return self.method == "GET"

    def path(self, scene: Scene) -> str:
        def value(found: re.Match[str]) -> str:
            return str(getattr(scene, self.about.get(found[1], found[1])))

        return re.sub(r"\{(\w+)\}", value, self.template)

    def request(self, scene: Scene) -> dict[str, Any]:
        """The arguments of `Api.request` that make the request valid."""
        made: dict[str, Any] = {"path": self.path(scene)}
        if self.body is not None:
            made["json"] = self.body(scene)
        if self.query is not None:
            made["params"] = self.query(scene)
        if self.key:
            made["key"] = "new"
        if self.match is not None:
            made["headers"] = {"If-Match": f'"{self.match}"'}
        return made

    async def send(self, api: Api, scene: Scene) -> httpx.Response:
        return await api.request(self.method, user=scene.caller, **self.request(scene))


TEMPLATE = "/message-templates/{purpose}/{channel}/{locale}"
SLOTS = "/appointments/availability/slots"


def slot_body(scene: Scene) -> dict[str, str]:
    return {
        "providerId": str(scene.provider_id),
        "facilityId": str(scene.facility_id),
        "start": soon(5).isoformat(),
        "end": soon(6).isoformat(),
    }


def bulk_body(scene: Scene) -> dict[str, str]:
    return {
        "action": "block",
        "providerId": str(scene.provider_id),
        "from": soon(0).isoformat(),
        "to": soon(72).isoformat(),
    }


def reserve_body(scene: Scene) -> dict[str, str]:
    return {
        "userId": str(scene.client.id),
        "providerId": str(scene.provider_id),
        "serviceId": str(scene.service_id),
        "timeslotId": str(scene.slot_id),
    }


def user_body(scene: Scene) -> dict[str, str]:
    return {
        "email": scene.new_email,
        "password": "long enough 1",
        "name": "New",
        "role": "client",
    }


def signup_body(scene: Scene) -> dict[str, str]:
    return {"email": scene.new_email, "password": "long enough 1", "name": "New"}


def service_body(_: Scene) -> dict[str, Any]:
    return {"title": "New", "durationMinutes": 30, "priceCents": 0, "currency": "EUR"}


def window(_: Scene) -> dict[str, str]:
    return {"from": soon(days=0).isoformat(), "to": soon(days=9).isoformat()}


def of_service(scene: Scene) -> dict[str, str]:
    return {"serviceId": str(scene.service_id)}


# fmt: off
OPERATIONS = [
    # Accounts
    Operation("POST /auth/signup", PUBLIC, body=signup_body),
    Operation("POST /auth/signin", PUBLIC, body=lambda s: s.credentials),
    Operation("POST /auth/refresh", PUBLIC, body=lambda s: {"refreshToken": s.refresh_token}),
    Operation("GET /auth/me", SIGNED_IN),
    Operation("POST /auth/session", PUBLIC, body=lambda s: s.credentials),
    Operation("GET /auth/session", PUBLIC),
    Operation("DELETE /auth/session", SIGNED_IN),
    Operation("POST /auth/signout", SIGNED_IN),
    Operation("POST /auth/signout", PUBLIC, body=lambda s: {"refreshToken": s.refresh_token}, note="by token"),
    Operation("GET /auth/sessions", SIGNED_IN),
    Operation("DELETE /auth/sessions", SIGNED_IN),
    Operation("GET /auth/sessions/{session_id}", ONLY_OWN),
    Operation("DELETE /auth/sessions/{session_id}", ONLY_OWN),
    Operation("POST /auth/password", SIGNED_IN, body=lambda s: {"current": PASSWORD, "new": "long enough 3"}),
    Operation("POST /auth/password-reset-request", PUBLIC, body=lambda s: {"email": s.client.email}),
    Operation("POST /auth/password-reset", PUBLIC, body=lambda s: {"token": s.reset_token, "password": "long enough 2"}),
    Operation("GET /users", ADMIN),
    Operation("GET /users", STAFF, query=lambda s: {"role": "client", "q": "cli"}, note="clients"),
    Operation("POST /users", ADMIN, body=user_body),
    Operation("POST /users", STAFF, body=lambda s: {"name": "New", "phone": "030 1234567"}, note="client"),
    Operation("GET /users/{user_id}", SELF),
    Operation("PATCH /users/{user_id}", SELF, body=lambda s: {"name": "Another"}),
    Operation("PATCH /users/{user_id}", access("401 403 404 404 404 404 200"), body=lambda s: {"isActive": True, "role": "operator"}, note="role"),
    Operation("GET /users/{user_id}/actions", SELF),
    Operation("GET /users/{user_id}/appointments", LIST_OF_CLIENT),
    # Phones and push
    Operation("POST /users/{user_id}/phone-verification", SELF, body=lambda s: {}, about={"user_id": "phoned_id"}),
    Operation("PUT /users/{user_id}/phone-verification", SELF, body=lambda s: {"code": s.phone_code}, about={"user_id": "phoned_id"}),
    Operation("GET /push/public-key", PUBLIC),
    Operation("GET /users/{user_id}/push-subscriptions", SELF),
    Operation("POST /users/{user_id}/push-subscriptions", SELF, body=lambda s: browser()),
    Operation("DELETE /users/{user_id}/push-subscriptions/{subscription_id}", SELF),
    Operation("GET /users/{user_id}/notification-settings", SELF),
    Operation("PUT /users/{user_id}/notification-settings", SELF, body=lambda s: {"locale": "de", "version": 1}),
    Operation("POST /users/{user_id}/notification-settings/test", SELF, body=lambda s: {"channel": "push" if s.subscription_id else ""}),
    # Calendar feeds
    Operation("GET /calendar-feeds", SIGNED_IN),
    Operation("POST /calendar-feeds", SIGNED_IN, body=lambda s: {"detail": "busy"}, note="own"),
    Operation("POST /calendar-feeds", access("401 403 403 403 404 200 200"), body=lambda s: {"providerId": str(s.provider_id), "detail": "full"}),
    Operation("DELETE /calendar-feeds/{feed_id}", ONLY_OWN),
    Operation("GET /feeds/{secret}.ics", PUBLIC, about={"secret": "feed_secret"}),
    # Catalogue
    Operation("GET /facilities", PUBLIC),
    Operation("POST /facilities", ADMIN, body=lambda s: {"name": "New", "timezone": "UTC"}),
    Operation("GET /facilities/{facility_id}", PUBLIC),
    Operation("PATCH /facilities/{facility_id}", ADMIN, body=lambda s: {"name": "Other", "version": 1}),
    Operation("DELETE /facilities/{facility_id}", ADMIN, match=1),
    Operation("GET /services", PUBLIC),
    Operation("POST /services", ADMIN, body=service_body),
    Operation("GET /services/{service_id}", PUBLIC),
    Operation("PATCH /services/{service_id}", ADMIN, body=lambda s: {"title": "Other", "version": 1}),
    Operation("DELETE /services/{service_id}", ADMIN, match=1),
    Operation("GET /providers", PUBLIC),
    Operation("POST /providers", ADMIN, body=lambda s: {"name": "New", "timezone": "UTC"}),
    Operation("GET /providers/{provider_id}", PUBLIC),
    Operation("PATCH /providers/{provider_id}", ADMIN, body=lambda s: {"name": "Other", "version": 1}),
    Operation("DELETE /providers/{provider_id}", ADMIN, match=1),
    Operation("GET /providers/{provider_id}/schedule", STAFF_IN_SCOPE, about={"provider_id": "scheduled_id"}),
    Operation("PUT /providers/{provider_id}/schedule", STAFF_IN_SCOPE, body=lambda s: s.schedule),
    Operation("PUT /providers/{provider_id}/schedule", STAFF_IN_SCOPE, body=lambda s: s.schedule, match=1, about={"provider_id": "scheduled_id"}, note="again"),
    Operation("POST /providers/{provider_id}/slots/generate", STAFF_IN_SCOPE, body=lambda s: {"from": f"{soon():%Y-%m-%d}", "to": f"{soon(days=9):%Y-%m-%d}"}, about={"provider_id": "scheduled_id"}),
    # Availability
    Operation("GET /providers/{provider_id}/availability", PUBLIC, query=lambda s: {**of_service(s), "date": "2027-03-02"}),
    Operation("GET /providers/{provider_id}/availability/next", PUBLIC, query=of_service),
    Operation("GET /availability", PUBLIC, query=lambda s: {**of_service(s), **window(s)}),
    # Slots
    Operation(f"GET {SLOTS}", STAFF, query=window),
    Operation(f"GET {SLOTS}", STAFF_IN_SCOPE, query=lambda s: {"providerId": s.provider_id}, note="of a provider"),
    Operation(f"POST {SLOTS}", STAFF_IN_SCOPE, body=slot_body),
    Operation(f"POST {SLOTS}/bulk", STAFF_IN_SCOPE, body=bulk_body),
    Operation(f"GET {SLOTS}/{{slot_id}}", STAFF_IN_SCOPE),
    Operation(f"PATCH {SLOTS}/{{slot_id}}", STAFF_IN_SCOPE, body=lambda s: {"status": "blocked", "version": 1}),
    Operation(f"DELETE {SLOTS}/{{slot_id}}", STAFF_IN_SCOPE, match=1),
    Operation(f"GET {SLOTS}/{{slot_id}}/sync", STAFF_IN_SCOPE),
    Operation(f"GET {SLOTS}/{{slot_id}}/audit", STAFF_IN_SCOPE),
    Operation(f"POST {SLOTS}/{{slot_id}}/accept-appointment", STAFF_IN_SCOPE, body=lambda s: {"appointmentId": str(s.requested_id)}),
    # Reservations
    Operation("POST /reservations", ON_BEHALF, body=reserve_body),
    Operation("GET /reservations/{token}", OWN),
    Operation("POST /reservations/{token}/extend", OWN),
    Operation("DELETE /reservations/{token}", OWN),
    # Appointments
    Operation("POST /appointments", OWN, body=lambda s: {"reservationToken": s.token}, key=True),
    Operation("POST /appointments", ON_BEHALF, body=lambda s: s.direct, key=True, note="directly"),
    Operation("POST /appointments", access("401 403 403 200 404 200 200"), body=lambda s: {**s.direct, "priority": "vip"}, key=True, note="with priority"),
    Operation("GET /appointments/{appointment_id}", OWN),
    Operation("PATCH /appointments/{appointment_id}", OWN, body=lambda s: {"notes": "Other", "version": 1}),
    Operation("PATCH /appointments/{appointment_id}", ITS_STAFF, body=lambda s: {"priority": "vip"}, match=1, note="priority"),
    Operation("DELETE /appointments/{appointment_id}", ITS_STAFF, match=1),
    Operation("POST /appointments/{appointment_id}/restore", DELETED_ADMIN, about={"appointment_id": "deleted_id"}),
    Operation("GET /appointments/{appointment_id}/audit", OWN),
    Operation("POST /appointments/{appointment_id}/reschedule", OWN, body=lambda s: {"reservationToken": s.token}, key=True),
    Operation("GET /appointments/{appointment_id}/cancellation", OWN),
    Operation("POST /appointments/{appointment_id}/cancel", OWN, key=True),
    Operation("POST /appointments/{appointment_id}/cancel", ITS_STAFF, body=lambda s: {"waiveFee": True}, key=True, note="for free"),
    Operation("POST /appointments/{appointment_id}/confirm-attendance", OWN),
    Operation("POST /appointments/{appointment_id}/complete", ITS_STAFF, about={"appointment_id": "past_id"}),
    Operation("POST /appointments/{appointment_id}/no-show", ITS_STAFF, about={"appointment_id": "past_id"}),
    Operation("POST /appointments/{appointment_id}/reopen", ITS_STAFF, about={"appointment_id": "completed_id"}, body=lambda s: {"reason": "The wrong row"}),
    Operation("GET /appointments", STAFF),
    Operation("GET /appointments", STAFF_IN_SCOPE, query=lambda s: {"providerId": s.provider_id}, note="of a provider"),
    Operation("POST /appointments/bulk", STAFF, body=lambda s: {"action": "cancel", "ids": [str(s.appointment_id)]}),
    # Around an appointment
    Operation("GET /appointments/{appointment_id}/alternatives", OWN),
    Operation("GET /appointments/{appointment_id}/calendar.ics", OWN),
    Operation("GET /appointments/{appointment_id}/comments", ITS_STAFF),
    Operation("POST /appointments/{appointment_id}/comments", ITS_STAFF, body=lambda s: {"body": "A remark"}),
    Operation("POST /appointments/{appointment_id}/share", OWN),
    Operation("DELETE /appointments/{appointment_id}/share/{share_id}", OWN),
    Operation("GET /shared/{secret}", PUBLIC),
    # By a mail's link
    Operation("GET /manage/{token}", PUBLIC, about={"token": "link"}),
    Operation("POST /manage/{token}/confirm-attendance", PUBLIC, about={"token": "link"}),
    Operation("POST /manage/{token}/cancel", PUBLIC, about={"token": "link"}, key=True),
    Operation("POST /manage/{token}/reschedule", PUBLIC, about={"token": "link"}, body=lambda s: {"timeslotId": str(s.slot_id)}, key=True),
    # Live updates through Pusher: not configured here, see tests/realtime/test_pusher.py
    Operation("POST /pusher/auth", access("401 404 404 404 404 404 404"), body=lambda s: {"socket_id": "1.2", "channel_name": f"private-user.{s.client.id}.bookings"}),
    # Edit locks
    Operation("POST /appointments/{appointment_id}/acquire-lock", OWN),
    Operation("DELETE /appointments/{appointment_id}/release-lock", OWN, about={"appointment_id": "locked_id"}),
    Operation("DELETE /appointments/{appointment_id}/force-release-lock", ANY_ADMIN, about={"appointment_id": "locked_id"}),
    Operation("POST /appointments/{appointment_id}/take-over-lock", ANY_ADMIN),
    Operation("GET /appointments/{appointment_id}/lock-status", OWN),
    Operation("GET /appointments/{appointment_id}/lock-history", OWN),
    Operation("GET /appointments/{appointment_id}/lock-statistics", OWN),
    Operation("GET /locks", ADMIN),
    Operation("GET /locks/analytics", ADMIN),
    # Webhooks
    Operation("GET /event-types", ADMIN),
    Operation("GET /webhook-endpoints", ADMIN),
    Operation("GET /webhook-endpoints/event-types", ADMIN),
    Operation("POST /webhook-endpoints", ADMIN, body=lambda s: {"url": "https://example.org/hook", "types": ["booking.*"]}),
    Operation("GET /webhook-endpoints/{endpoint_id}", ADMIN),
    Operation("PATCH /webhook-endpoints/{endpoint_id}", ADMIN, body=lambda s: {"description": "Other", "version": 1}),
    Operation("DELETE /webhook-endpoints/{endpoint_id}", ADMIN, match=1),
    Operation("POST /webhook-endpoints/{endpoint_id}/enable", ADMIN),
    Operation("POST /webhook-endpoints/{endpoint_id}/disable", ADMIN),
    Operation("POST /webhook-endpoints/{endpoint_id}/rotate-secret", ADMIN, body=lambda s: {"overlapHours": 1}),
    Operation("POST /webhook-endpoints/{endpoint_id}/test", ADMIN),
    # Reports from outside: not configured here, see tests/deliveries/webhooks/test_notifications.py
    Operation("POST /webhooks/notifications", access("404 404 404 404 404 404 404"), body=lambda s: {"deliveryId": str(s.endpoint_id), "status": "delivered"}),
    Operation("POST /webhook-endpoints/{endpoint_id}/replay", ADMIN, body=lambda s: {"fromPosition": 0}),
    # Calendars
    Operation("GET /providers/{provider_id}/calendar-connections", OWN_CALENDAR),
    Operation("POST /providers/{provider_id}/calendar-connections", OWN_CALENDAR, body=lambda s: {"url": s.calendar_url, "username": "kim", "password": "secret"}, key=True),
    Operation("GET /providers/{provider_id}/calendar-connections/{connection_id}", OWN_CALENDAR),
    Operation("PATCH /providers/{provider_id}/calendar-connections/{connection_id}", OWN_CALENDAR, body=lambda s: {"push": False, "version": 1}),
    Operation("DELETE /providers/{provider_id}/calendar-connections/{connection_id}", OWN_CALENDAR, query=lambda s: {"removeEvents": "true"}, match=1),
    Operation("POST /providers/{provider_id}/calendar-connections/{connection_id}/sync", OWN_CALENDAR, key=True),
    Operation("GET /providers/{provider_id}/calendar-conflicts", STAFF_IN_SCOPE),
    # Not configured here, see tests/deliveries/busy/test_hint.py
    Operation("POST /webhooks/calendar", access("404 404 404 404 404 404 404"), body=lambda s: {"connectionId": str(s.client.id)}),
    # Deliveries
    Operation("GET /deliveries", ADMIN),
    Operation("GET /deliveries", ADMIN, query=lambda s: {"q": "client", "userId": str(s.client.id), "state": "sent", **window(s)}, note="by person"),
    Operation("GET /deliveries/summary", ADMIN),
    Operation("POST /deliveries/bulk", ADMIN, body=lambda s: {"action": "resend", "ids": [str(s.delivery_id)]}),
    Operation("POST /deliveries/bulk", ADMIN, body=lambda s: {"action": "discard", "filter": {"userId": str(s.client.id)}}, note="by filter"),
    Operation("GET /deliveries/{delivery_id}", ADMIN),
    Operation("POST /deliveries/{delivery_id}/resend", STAFF_IN_SCOPE),
    Operation("GET /appointments/{appointment_id}/deliveries", ITS_STAFF),
    Operation("GET /users/{user_id}/deliveries", SELF),
    Operation("GET /lanes", ADMIN),
    Operation("POST /lanes/{lane_id}/pause", ADMIN),
    Operation("POST /lanes/{lane_id}/resume", ADMIN),
    # Messages
    Operation("GET /message-templates", ADMIN),
    Operation(f"GET {TEMPLATE}", ADMIN),
    Operation(f"PUT {TEMPLATE}", ADMIN, body=lambda s: s.words),
    Operation(f"DELETE {TEMPLATE}", ADMIN, match=1, about={"locale": "saved_locale"}),
    Operation(f"POST {TEMPLATE}/preview", ADMIN, body=lambda s: s.words),
    Operation(f"POST {TEMPLATE}/test", ADMIN),
    # Oversight
    Operation("GET /audit", ADMIN),
    Operation("GET /analytics/bookings", ADMIN),
    Operation("GET /integrity", ADMIN),
    Operation("GET /integrity/{check}", ADMIN),
]
# fmt: on
