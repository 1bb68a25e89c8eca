"""pgbench, the yardstick: finding it, running a script, reading what it logged."""

import os
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.sample import Sample
from holdfast.kernel.embedded.binaries import find_bin_dir

WARM_SECONDS = 1
WARM_TRANSACTIONS = 10
INSTALL = "sudo apt-get install --no-install-recommends postgresql"
_FAILED = re.compile(r"number of failed transactions: (\d+)")


def find() -> Path:
    """pgbench of the PostgreSQL that is measured, else any.

    Raises:
        SystemExit: there is none; the message says how to get it.
    """
    system = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/pgbench"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    on_path = shutil.which("pgbench")
    candidates = [find_bin_dir() / "pgbench", *([Path(on_path)] if on_path else []), *system[::-1]]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    raise SystemExit(f"pgbench was not found. On Debian and Ubuntu: {INSTALL}")


def run(
    url: str,
    scripts: Sequence[str],
    *,
    clients: int,
    seconds: int | None = None,
    transactions: int | None = None,
    variables: Mapping[str, int] | None = None,
    options: str = "",
    measured_script: int = 0,
) -> Sample:
    """Run scripts, each with the same weight, with prepared statements.

    Args:
        seconds, transactions: how long, or how many for each client, are counted. What is done
            before that, in WARM_SECONDS or as WARM_TRANSACTIONS, only warms the connections up.
        variables: what scripts know by name besides (`-D`).
        options: PGOPTIONS of the connections.
        measured_script: the script whose latencies count; others only prepare it.
    Raises:
        RuntimeError: pgbench failed, or a client gave up.
    """
    with tempfile.TemporaryDirectory(prefix="holdfast-pgbench-") as name:
        folder = Path(name)
        command = [str(find()), "--no-vacuum", "--protocol=prepared", f"--client={clients}"]
        command += [f"--jobs={min(clients, os.cpu_count() or 1)}", "--log"]
        command += ["--random-seed=1" if transactions else "--random-seed=rand"]
        command += [f"--log-prefix={folder / 'log'}"]
        if seconds:
            command += [f"--time={seconds + WARM_SECONDS}"]
        else:
            command += [f"--transactions={(transactions or 0) + WARM_TRANSACTIONS}"]
        command += [f"--define={key}={value}" for key, value in (variables or {}).items()]
        for number, script in enumerate(scripts):
            path = folder / f"{number}.sql"
            path.write_text(script)
            command.append(f"--file={path}")
        began = time.perf_counter()
        output, cpu_seconds = _wait(folder, [*command, url], options)
        elapsed_seconds = time.perf_counter() - began
        log = [line for path in folder.glob("log.*") for line in path.read_text().splitlines()]
        return read(
            log, output, measured_script, elapsed_seconds, cpu_seconds, is_timed=bool(seconds)
        )


def _wait(folder: Path, command: list[str], options: str) -> tuple[str, float]:
    output = folder / "output"
    environment = {**os.environ, "PGOPTIONS": options}
    with output.open("wb") as file:
        pid = os.posix_spawn(
            command[0],
            command,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, file.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, file.fileno(), 2),
            ],
        )
    _, status, usage = os.wait4(pid, 0)
    text = output.read_text()
    if status != 0 or "aborted" in text:
        raise RuntimeError(f"pgbench failed:\n{text}")
    return text, usage.ru_utime + usage.ru_stime


def read(
    log: Sequence[str],
    output: str,
    measured_script: int,
    elapsed_seconds: float,
    cpu_seconds: float,
    *,
    is_timed: bool,
) -> Sample:
    """The log has a line for each transaction: client, number, microseconds, script, time."""
    latencies_ms: list[float] = []
    outcomes: Counter[str] = Counter()
    lines = [line.split() for line in log]
    ends = [int(line[4]) + int(line[5]) / 1e6 for line in lines]
    # Connecting is not counted, as it is not for the other side.
    warm_until = min(ends, default=0.0) + WARM_SECONDS
    if not is_timed:
        warm = [end for line, end in zip(lines, ends, strict=True) if _is_warming(line)]
        warm_until = sum(warm) / len(warm) if warm else 0.0
    for line, end in zip(lines, ends, strict=True):
        if (end < warm_until if is_timed else _is_warming(line)) or int(line[3]) != measured_script:
            continue
        if line[2].isdigit():
            latencies_ms.append(int(line[2]) / 1000)
            outcomes["done"] += 1
        else:
            outcomes["failed"] += 1
    failed = _FAILED.search(output)
    return Sample.of(
        latencies_ms,
        elapsed_seconds=max(ends) - warm_until if ends else elapsed_seconds,
        errors=outcomes["failed"] or (int(failed[1]) if failed else 0),
        client_cores=cpu_seconds / elapsed_seconds,
        outcomes=dict(outcomes),
        warm_count=len(lines) - sum(outcomes.values()),
    )


def _is_warming(line: Sequence[str]) -> bool:
    return int(line[1]) <= WARM_TRANSACTIONS
