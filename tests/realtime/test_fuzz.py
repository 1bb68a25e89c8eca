"""Whatever is sent to the socket server: it goes on, and others do not notice (SPEC §5)."""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
import websockets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.kernel import metrics
from tests.realtime.support import Listener, Live
from tests.support.make import Make

EVENTS = ("subscribe", "unsubscribe", "cursor-position", "request-takeover", "connect", "x")
FIELDS = ("channel", "since", "appointmentId", "position", "x", "y", "_placeholder", "num")

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from([str(uuid4()), f"appointment.{uuid4()}", "provider.x.bookings"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
PREFIXES = "42 421 43 44 45 451- 452-7 46 40 41 42/admin, 4 2 3 5 6 1 9 b4"
prefixes = st.just("") | st.sampled_from(PREFIXES.split(" "))
packets = st.one_of(
    st.builds(
        lambda prefix, event, rest: prefix + json.dumps([event, *rest]),
        prefixes,
        st.sampled_from(EVENTS) | scalars,
        st.lists(values, max_size=3),
    ),
    st.builds(lambda prefix, text: prefix + text, prefixes, st.text(max_size=60)),
    st.binary(max_size=60),
    st.sampled_from(["42" + "[" * 9000, "4" + "{" * 16000, "42" + "x" * 20_000, "4" + "9" * 500]),
)
FUZZ = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def server_errors() -> float:
    return sum(
        sample.value
        for metric in metrics.REQUESTS.collect()
        for sample in metric.samples
        if sample.labels.get("status", "").startswith("5")
    )


async def still_well(witness: Listener, channel: str) -> None:
    assert (await witness.subscribe(channel))["ok"]
    assert not witness.disconnected.is_set()


async def test_raw_packets(live: Live, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    user, other = make.client(), make.client()
    address = f"{live.url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    channel = f"user.{other.id}.bookings"
    before = server_errors()
    async with live.listener(other) as witness:

        @given(st.booleans(), st.lists(packets, min_size=1, max_size=8))
        @FUZZ
        def fuzz(signed_in: bool, sent: list[str | bytes]) -> None:
            async def attack() -> None:
                async with websockets.connect(address, max_size=None) as connection:
                    await connection.recv()
                    if signed_in:
                        await connection.send("40" + json.dumps({"token": user.token}))
                        await connection.recv()
                    with suppress(websockets.ConnectionClosed):
                        for packet in sent:
                            await connection.send(packet)
                await still_well(witness, channel)

            asyncio.run_coroutine_threadsafe(attack(), loop).result(60)

        loop = asyncio.get_running_loop()
        await asyncio.to_thread(fuzz)
    assert server_errors() == before
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_polling_requests(live: Live, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    other = make.client()
    channel = f"user.{other.id}.bookings"
    path = f"{live.url}/socket.io/"
    queries = st.fixed_dictionaries(
        {},
        optional={
            "EIO": st.sampled_from(["4", "3", "x"]),
            "transport": st.sampled_from(["polling", "websocket", "y"]),
            "sid": st.sampled_from(["", "none", "known"]),
            "j": st.text(max_size=3),
        },
    )
    async with live.listener(other) as witness:

        @given(
            st.sampled_from(["POST", "GET", "PUT", "OPTIONS"]),
            queries,
            st.binary(max_size=200) | st.lists(packets.filter(lambda p: isinstance(p, str))),
        )
        @FUZZ
        def fuzz(method: str, query: dict[str, str], sent: Any) -> None:
            async def attack() -> None:
                http = live.api.client
                opened = await http.get(path, params={"EIO": "4", "transport": "polling"})
                sid = json.loads(opened.text[1:])["sid"]
                known = {**query, "sid": sid} if query.get("sid") == "known" else query
                body = (
                    sent
                    if isinstance(sent, bytes)
                    else "\x1e".join(sent).encode("utf-8", "replace")
                )
                if method == "GET" and known.get("sid") == sid:
                    return  # waits for an event, as it should
                answer = await http.request(method, path, params=known, content=body)
                assert answer.status_code < 500, answer.text
                if answer.status_code >= 400:
                    assert answer.headers["content-type"] == "application/problem+json"
                    assert answer.json()["status"] == answer.status_code
                await still_well(witness, channel)

            asyncio.run_coroutine_threadsafe(attack(), loop).result(60)

        loop = asyncio.get_running_loop()
        await asyncio.to_thread(fuzz)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
