"""Real processes that are stopped and killed (SPEC 4.6, §5)."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.concurrency.support import eventually
from tests.realtime.support import Listener
from tests.support.api import Api, problem
from tests.support.make import Make, User, soon
from tests.support.rounds import rounds
from tests.support.server import Server

SUBSCRIBERS = 50
CHANGES = rounds(250)
APPOINTMENTS = 10
# Many changes for fifty followers may take a while where much else runs.
BUSY_SECONDS = 120.0

# An editor in a process of its own: takes the lock, says so, and saves when told to.
EDITOR = """
import sys, httpx
url, token, path = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}"}
client = httpx.Client(base_url=url + "/api/v1", headers=headers, timeout=60)
lock = client.post(path + "/acquire-lock").json()["lock"]
print(lock["version"], flush=True)
for line in sys.stdin:
    body = {"notes": "from the past", "version": int(line), "lockVersion": lock["version"]}
    answer = client.patch(path, json=body)
    print(answer.status_code, answer.json()["scenario"], flush=True)
"""


@pytest.mark.timeout(300)
async def test_an_editor_that_slept_through_its_expiry_is_fenced_off(tmp_path: Path) -> None:
    env = {"HOLDFAST_EDIT_LOCK_TTL_SECONDS": "1", "HOLDFAST_SWEEP_SECONDS": "3600"}
    with Server(tmp_path, env=env) as server:
        make = Make(server.owner_url)
        place, sleeper, other = make.place(), make.operator(), make.operator()
        appointment = make.appointment(make.client(), place, make.slot(place, soon(days=2)))
        path = f"/appointments/{appointment}"
        async with httpx.AsyncClient(base_url=server.url) as client:
            api = Api(client)
            editor = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", EDITOR, server.url, sleeper.token, path),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert editor.stdin is not None
            assert editor.stdout is not None
            assert await editor.stdout.readline() == b"1\n"
            os.kill(editor.pid, signal.SIGSTOP)

            async def taken() -> bool:
                answer = await api.post(f"{path}/acquire-lock", other)
                return answer.status_code == 200

            await eventually(taken, "the lock has run out and another has it")
            # Told to save while it sleeps: it does not know that it is late.
            editor.stdin.write(b"1\n")
            os.kill(editor.pid, signal.SIGCONT)
            assert await editor.stdout.readline() == b"423 locked\n"

            assert (await api.delete(f"{path}/release-lock", other)).status_code == 200
            editor.stdin.write(b"1\n")
            assert await editor.stdout.readline() == b"409 lock_version_conflict\n"
            editor.stdin.close()
            await editor.wait()
            document = (await api.get(path, other)).json()
            assert (document["version"], document["notes"]) == (1, None)
            problem(
                await api.post(f"{path}/acquire-lock", sleeper, json={"expectedVersion": 1}),
                409,
                "lock_version_conflict",
            )


class Follower(Listener):
    """Subscribes again with `since` whenever it is connected, as an application does."""

    def __init__(self, url: str, user: User, channels: list[str]) -> None:
        super().__init__(url, user, transports=["websocket"], reconnects=True)
        self._channels = channels
        self.client.on("connect", self._on_connect)

    async def _on_connect(self) -> None:
        for channel in self._channels:
            since = self.latest.get(channel, 0)
            await self.client.emit("subscribe", {"channel": channel, "since": since})


class Writer:
    """Makes changes one after the other, whatever happens to the server."""

    def __init__(self, api: Api, user: User, appointment_id: str) -> None:
        self._api = api
        self._user = user
        self._path = f"/appointments/{appointment_id}"
        self.version = 1

    async def write_until(self, version: int) -> None:
        while self.version < version:
            try:
                answer = await self._api.patch(
                    self._path,
                    self._user,
                    json={"notes": f"{self.version}", "version": self.version},
                )
                if answer.status_code == 409:  # the answer was lost, the change was not
                    self.version = answer.json()["currentVersion"]
                elif answer.status_code == 200:
                    self.version = answer.json()["version"]
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@pytest.mark.race
@pytest.mark.timeout(900)
async def test_followers_converge_over_a_killed_server(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        make = Make(server.owner_url)
        place, admin = make.place(), make.admin()
        client = make.client()
        ids = [
            str(make.appointment(client, place, slot))
            for slot in make.slots(place, APPOINTMENTS, soon(days=2))
        ]
        make.close()
        last = 1 + CHANGES // APPOINTMENTS
        channels = [f"appointment.{id}" for id in ids]
        followers = [Follower(server.url, admin, channels) for _ in range(SUBSCRIBERS)]
        await asyncio.gather(*(follower.connect() for follower in followers))
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
            writers = [Writer(Api(http), admin, id) for id in ids]
            tasks = [asyncio.create_task(writer.write_until(last)) for writer in writers]
            half = APPOINTMENTS * last // 2
            await followers[0].until(lambda: len(followers[0].told) >= half, BUSY_SECONDS)
            server.kill9()
            await asyncio.to_thread(server.start)
            await asyncio.gather(*tasks)
        for follower in followers:
            for channel in channels:
                await follower.until_sequence(channel, last, BUSY_SECONDS)
        for follower in followers:
            counts = Counter((data["channel"], data["sequence"]) for _, data in follower.told)
            assert set(counts.values()) == {1}, "nothing twice"
            for channel in channels:
                assert follower.sequences(channel) == list(range(1, last + 1)), "no gap, in order"
        await asyncio.gather(*(follower.close() for follower in followers))
