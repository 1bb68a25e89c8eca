"""The API as tests call it: with a signed-in user and as little ceremony as possible."""

from typing import Any
from uuid import uuid4

import httpx

from tests.support.make import Place, User


class Api:
    """An HTTP client of one server, in this process or another."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def request(
        self,
        method: str,
        path: str,
        user: User | None = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> httpx.Response:
        """Send a request below /api/v1.

        Args:
            key: an idempotency key; `new` makes a fresh one.
        """
        all_headers = {**(user.auth if user else {}), **(headers or {})}
        if key is not None:
            all_headers["Idempotency-Key"] = uuid4().hex if key == "new" else key
        return await self.client.request(method, f"/api/v1{path}", headers=all_headers, **kwargs)

    async def get(self, path: str, user: User | None = None, **kwargs: Any) -> httpx.Response:
        return await self.request("GET", path, user, **kwargs)

    async def post(self, path: str, user: User | None = None, **kwargs: Any) -> httpx.Response:
        return await self.request("POST", path, user, **kwargs)

    async def put(self, path: str, user: User | None = None, **kwargs: Any) -> httpx.Response:
        return await self.request("PUT", path, user, **kwargs)

    async def patch(self, path: str, user: User | None = None, **kwargs: Any) -> httpx.Response:
        return await self.request("PATCH", path, user, **kwargs)

    async def delete(self, path: str, user: User | None = None, **kwargs: Any) -> httpx.Response:
        return await self.request("DELETE", path, user, **kwargs)

    async def reserve(
        self, user: User, place: Place, slot_id: Any, **kwargs: Any
    ) -> httpx.Response:
        body = {
            "providerId": str(place.provider_id),
            "serviceId": str(place.service_id),
            "timeslotId": str(slot_id),
            **kwargs,
        }
        return await self.post("/reservations", user, json=body)

    async def book(
        self, user: User, token: str, *, key: str = "new", **kwargs: Any
    ) -> httpx.Response:
        body = {"reservationToken": token, **kwargs}
        return await self.post("/appointments", user, json=body, key=key)

    async def book_at(
        self, user: User, place: Place, start: Any, *, key: str = "new", **kwargs: Any
    ) -> httpx.Response:
        body = {
            "providerId": str(place.provider_id),
            "serviceId": str(place.service_id),
            "start": start.isoformat(),
            **kwargs,
        }
        return await self.post("/appointments", user, json=body, key=key)

    async def booked(self, user: User, place: Place, slot_id: Any) -> dict[str, Any]:
        """Reserve and book a slot; the appointment."""
        reserved = await self.reserve(user, place, slot_id)
        assert reserved.status_code == 201, reserved.text
        answer = await self.book(user, reserved.json()["reservationToken"])
        assert answer.status_code == 201, answer.text
        return answer.json()


def problem(response: httpx.Response, status: int, scenario: str) -> dict[str, Any]:
    """The problem in a response; fails unless it is exactly this one, with every member."""
    assert response.status_code == status, (response.status_code, response.text)
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["scenario"] == scenario, body
    assert body["status"] == status
    assert body["success"] is False
    assert body["message"] == body["detail"] != ""
    assert {"type", "title", "instance", "details", "recoverable"} <= body.keys()
    return body
