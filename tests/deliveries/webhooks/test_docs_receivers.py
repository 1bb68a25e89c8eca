"""The receivers of docs/webhooks.md take what is sent, and nothing else (SPEC-deliveries §5)."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.concurrency.support import eventually
from tests.deliveries.webhooks.world import add_endpoint
from tests.realtime.node import NODE_BIN, packages
from tests.support.api import Api
from tests.support.documents import ROOT, Document
from tests.support.make import User
from tests.support.server import free_port

WEBHOOKS = Document(ROOT / "docs" / "webhooks.md")
SCREEN = ROOT / "web" / "src" / "features" / "webhooks" / "verificationCode.ts"
# As the fences and the web app name them; what the function begins with.
LANGUAGES = {
    "python": ("Python", "def "),
    "js": ("JavaScript", "export function "),
    "go": ("Go", "func "),
    "php": ("PHP", "function "),
}


def example(language: str) -> str:
    (block,) = WEBHOOKS.blocks(language)
    return block


def command(language: str, folder: Path, port: int) -> list[str]:
    """What starts a receiver; skips where nothing runs its language."""
    names = {"python": "receive.py", "js": "receive.mjs", "go": "receive.go", "php": "receive.php"}
    source = folder / names[language]
    source.write_text(example(language), encoding="utf-8")
    match language:
        case "python":
            return [sys.executable, str(source)]
        case "js":
            (folder / "node_modules").symlink_to(packages() / "node_modules")
            return [str(NODE_BIN / "node"), str(source)]
        case "go":
            program = shutil.which("go")
            if program is None:
                pytest.skip("there is no Go: apt-get install golang-go")
            # Built, so that the process that is ended is the receiver.
            built = folder / "receive"
            subprocess.run([program, "build", "-o", built, source], check=True, cwd=folder)
            return [str(built)]
        case _:
            program = shutil.which("php")
            if program is None:
                pytest.skip("there is no PHP: apt-get install php-cli")
            return [program, "-S", f"127.0.0.1:{port}", str(source)]


@asynccontextmanager
async def receiving(
    language: str, folder: Path, secret: str, port: int
) -> AsyncIterator[asyncio.StreamReader]:
    """Runs a receiver -> what it prints."""
    process = await asyncio.create_subprocess_exec(
        *await asyncio.to_thread(command, language, folder, port),
        cwd=folder,
        env=os.environ | {"PORT": str(port), "WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
    )

    async def is_listening() -> bool:
        assert process.returncode is None
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(is_listening, f"{language} listens")
        assert process.stdout is not None
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_receiver_takes_what_was_sent_from_here(
    working_api: Api, admin: User, tmp_path: Path, language: str
) -> None:
    port = free_port()
    endpoint = await add_endpoint(working_api, admin, f"http://127.0.0.1:{port}/")
    path = f"/webhook-endpoints/{endpoint['id']}"
    async with receiving(language, tmp_path, endpoint["secret"], port) as printed:
        forged = {
            "webhook-id": "evt_1",
            "webhook-timestamp": "1772442000",
            "webhook-signature": "v1,bm90IHNpZ25lZA==",
        }
        async with httpx.AsyncClient() as client:
            refused = await client.post(endpoint["url"], content=b"{}", headers=forged)
        assert refused.status_code == 401
        # While the secret is being replaced there are two signatures, of which the second is ours.
        rotated = await working_api.post(f"{path}/rotate-secret", admin, json={})
        assert rotated.status_code == 200, rotated.text
        answer = await working_api.post(f"{path}/test", admin, json={"type": "booking.confirmed"})
        assert answer.json()["outcome"] == "sent", answer.text
        assert answer.json()["code"] == "204"
        event = json.loads(await asyncio.wait_for(printed.readline(), 20))
    assert event["type"] == "booking.confirmed"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_web_app_shows_the_same_check(language: str) -> None:
    name, beginning = LANGUAGES[language]
    found = re.search(rf"^    {name}: `(.*?)`,$", SCREEN.read_text("utf-8"), re.M | re.S)
    assert found is not None
    shown = found[1]
    assert shown[shown.index(beginning) :].rstrip() in example(language)
