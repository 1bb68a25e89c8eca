"""A process that owns a data directory: `owner.py DATA_DIR MODE`, run by the tests.

Prints one line of JSON when PostgreSQL runs or could not be started, and stops it at the end of
standard input. MODE `fork` leaves a forked child behind that outlives this process.
"""

import json
import os
import sys
from pathlib import Path

from holdfast.kernel.embedded import EmbeddedError, EmbeddedPostgres


def main() -> None:
    data_dir, mode = Path(sys.argv[1]), sys.argv[2]
    server = EmbeddedPostgres(data_dir)
    try:
        server.start()
    except EmbeddedError as error:
        say(error=str(error), kind=type(error).__name__)
        return
    child = fork_a_sleeper() if mode == "fork" else 0
    say(
        owner_pid=os.getpid(),
        postgres_pid=server.pid,
        child_pid=child,
        owner_url=server.owner_url,
        superuser_url=server.superuser_url,
    )
    sys.stdin.read()
    server.stop()


def say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def fork_a_sleeper() -> int:
    forked, report = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(1)
        os.write(report, b".")
        sys.stdin.read()  # until the test ends
        os._exit(0)
    os.read(forked, 1)
    return child


if __name__ == "__main__":
    main()
