"""Connections that have to end: expired, withdrawn, flooding, silent, not reading (SPEC §5)."""

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import jwt
import pytest
import websockets
from socketio.exceptions import ConnectionError as ConnectionRefused

from holdfast.http.auth import SESSION_COOKIE
from holdfast.http.tokens import Tokens
from holdfast.kernel import metrics
from holdfast.realtime import engine, socket_server, store
from tests.concurrency.support import eventually
from tests.realtime.support import Live
from tests.support.make import SECRET_KEY, Make, User, soon

# SPEC §5, and a margin for a busy machine.
CUT_SECONDS = 8.0


def cuts(reason: str) -> float:
    return metrics.SOCKET_CUTS.labels(reason)._value.get()


def expiring(user: User, *, seconds: float) -> User:
    """The user with a token that counts for so long."""
    claims = jwt.decode(user.token, options={"verify_signature": False})
    claims["exp"] = datetime.now(UTC).timestamp() + seconds
    token = jwt.encode(claims, Tokens(SECRET_KEY)._access_key, algorithm="HS256")
    return replace(user, token=token)


async def test_an_expired_token_ends_the_connection(live: Live, make: Make) -> None:
    shown = expiring(make.client(), seconds=2)
    async with live.listener(shown) as listener, live.listener(make.client()) as other:
        await listener.until_cut(CUT_SECONDS)
        with pytest.raises(ConnectionRefused):
            await live.listener(shown).connect()
        assert not other.disconnected.is_set()


async def test_a_database_that_hangs_lets_no_expired_token_stay(
    live: Live, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    async def hang(*_: object) -> list[store.UserNow]:
        asked.set()
        await asyncio.Event().wait()
        return []

    user = make.client()
    async with live.listener(expiring(user, seconds=3)) as listener:
        monkeypatch.setattr(store, "changed_users", hang)
        await asked.wait()
        await listener.until_cut(CUT_SECONDS)


@pytest.mark.parametrize(
    "change",
    [{"isActive": False}, {"role": "client", "providerId": None}],
    ids=["deactivated", "another role"],
)
async def test_a_changed_account_ends_its_connections(
    live: Live, make: Make, change: dict[str, object]
) -> None:
    place, admin = make.place(), make.admin()
    user = make.operator(place.provider_id)
    async with live.listener(user) as listener, live.listener(admin) as other:
        await listener.subscribe(f"provider.{place.provider_id}.bookings")
        answer = await live.api.patch(f"/users/{user.id}", admin, json=change)
        assert answer.status_code == 200, answer.text
        await listener.until_cut(CUT_SECONDS)
        assert not other.disconnected.is_set()


async def test_the_session_cookie_counts_while_the_session_lasts(live: Live, make: Make) -> None:
    user = make.client()
    make.session(user.id, "a-session")
    # Other cookies, also strange ones, do not hide it.
    cookie = {"Cookie": f"theme=(a b); {SESSION_COOKIE}=a-session; x={{}}"}
    async with live.listener(None, headers=cookie) as listener:
        await listener.subscribe(f"user.{user.id}.bookings")
        make.db.execute("UPDATE sign_ins SET ended_at = now() WHERE kind = 'cookie'")
        await listener.until_cut(CUT_SECONDS)
    with pytest.raises(ConnectionRefused):
        await live.listener(None, headers=cookie).connect()


async def test_signing_out_ends_the_connections_of_that_sign_in(live: Live, make: Make) -> None:
    user = make.client()
    other = replace(user, token=Tokens(SECRET_KEY).access_token(user.actor, make.sign_in(user.id)))
    async with live.listener(user) as listener, live.listener(other) as stays:
        await listener.subscribe(f"user.{user.id}.bookings")
        assert (await live.api.post("/auth/signout", user)).status_code == 204
        began = time.monotonic()
        await listener.until_cut(CUT_SECONDS)
        assert time.monotonic() - began < 2  # SPEC 4.1 gives a second
        with pytest.raises(ConnectionRefused):
            await live.listener(user).connect()
        assert not stays.disconnected.is_set()
        # And one that is ended from elsewhere, past this process.
        make.db.execute("UPDATE sign_ins SET ended_at = clock_timestamp() WHERE ended_at IS NULL")
        await stays.until_cut(CUT_SECONDS)


async def test_another_sites_page_cannot_connect(live: Live, make: Make) -> None:
    user = make.client()
    with pytest.raises(ConnectionRefused):
        await live.listener(user, headers={"Origin": "https://evil.example"}).connect()
    async with live.listener(user, headers={"Origin": live.url}) as listener:
        await listener.subscribe(f"user.{user.id}.bookings")


async def test_no_message_makes_somebody_else_of_a_connection(live: Live, make: Make) -> None:
    first, second = make.client(), make.client()
    async with live.listener(first) as listener:
        for arguments in ({}, {"token": second.token}):
            await listener.call("connect", ({"HTTP_COOKIE": ""}, arguments))
        await listener.call("disconnect", "x")
        assert not (await listener.call("subscribe", f"user.{second.id}.bookings"))["ok"]
        await listener.subscribe(f"user.{first.id}.bookings")


async def until_closed(step: Callable[[], Awaitable[object]]) -> None:
    """Repeat until the server has closed the connection."""
    with suppress(websockets.ConnectionClosed):
        while True:
            await step()


def address(live: Live) -> str:
    return f"{live.url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"


async def test_who_does_not_say_who_it_is_is_cut(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_server, "STRANGER_SECONDS", 0.2)
    async with websockets.connect(address(live)) as connection:
        assert json.loads(str(await connection.recv())[1:])["sid"]
        async with asyncio.timeout(CUT_SECONDS):
            await until_closed(connection.recv)


async def test_a_flood_is_cut_and_others_do_not_notice(live: Live, make: Make) -> None:
    flooder, other = make.client(), make.client()
    async with live.listener(other) as witness:
        await witness.subscribe(f"user.{other.id}.bookings")
        async with websockets.connect(address(live)) as connection:
            await connection.recv()
            await connection.send("40" + json.dumps({"token": flooder.token}))
            began = time.monotonic()

            async def shout() -> None:
                await connection.send('42["shout"]')
                await asyncio.sleep(0.004)

            async with asyncio.timeout(40):
                await until_closed(shout)
            assert time.monotonic() - began > 8
        assert (await witness.call("unsubscribe", str(uuid4())))["ok"]


async def test_who_does_not_read_is_cut_and_others_do_not_notice(
    live: Live, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SEND_SECONDS", 1.0)
    place, client = make.place(), make.client()
    appointment = await live.api.booked(client, place, make.slot(place, soon(days=2)))
    channel = f"appointment.{appointment['id']}"
    before = cuts("slow")
    # A small receive buffer: what is not read soon waits in the server.
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", int(live.url.rpartition(":")[2])))
    raw.setblocking(False)
    async with (
        live.listener(client, transports=["websocket"]) as witness,
        websockets.connect(address(live), sock=raw, max_queue=1) as connection,
    ):
        joined = await witness.subscribe(channel)
        await connection.recv()
        await connection.send("40" + json.dumps({"token": client.token}))
        await connection.send(f'42["subscribe", "{channel}"]')
        sent = 1

        async def is_cut() -> bool:
            nonlocal sent
            make.db.execute(
                "INSERT INTO outbox (topic, key, type, payload) "
                "SELECT 'bookings', %s, 'booking.updated', jsonb_build_object("
                "'appointmentId', %s::text, 'version', 1, "
                "'updates', jsonb_build_object('notes', repeat('x', 8000))) "
                "FROM generate_series(1, 200)",
                [appointment["id"], appointment["id"]],
            )
            sent += 200
            await witness.until_sequence(channel, sent)
            return cuts("slow") > before

        await eventually(is_cut, "it is cut", 60)
        first = joined["sequence"] + 1
        assert witness.sequences(channel) == list(range(first, sent + 1))
        connection.transport.abort()
