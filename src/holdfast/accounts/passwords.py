"""Password hashing: argon2id, off the event loop, never more at once than there are cores."""

import asyncio
import base64
import os
import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from holdfast.kernel.errors import unavailable

# OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
# With some 25 ms for each on a core, the last in the queue waits a few seconds.
MAX_WAITING = 200

T = TypeVar("T")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _nobodys_hash() -> str:
    """The hash of no password: to check one against it is the same work."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (16, 32)
    )
    return f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${digest}"


class PasswordHasher:
    """Hashes and checks passwords in a pool of threads; argon2 works outside Python's lock.

    Args:
        workers: hashes at once; each needs 19 MiB (default: one for each core).
        max_waiting: requests that wait for a worker at most; the next one is refused.
    """

    def __init__(self, workers: int | None = None, max_waiting: int = MAX_WAITING) -> None:
        self._workers = workers or _cores()
        self._capacity = self._workers + max_waiting
        self._capacity_of_one = max(1, self._capacity // 2)
        self._busy = 0
        self._asking: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="password")
        self._argon2 = PasswordHash(
            [Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)]
        )
        self._nobodys_hash = _nobodys_hash()

    async def hash(self, password: str) -> str:
        """The hash to store, with its salt and parameters in it.

        Raises:
            Refusal: `unavailable` when too many are waiting already.
        """
        return await self._run(lambda: self._argon2.hash(password))

    async def matches(
        self, password: str, password_hash: str | None, *, asked_by: str = ""
    ) -> bool:
        """Whether the password is the one that was hashed.

        Without a hash (no such account, or one that has no password) it does the same work for
        nothing, so that the time taken does not tell which accounts exist.

        Args:
            asked_by: the address that asks; one alone cannot take all the places in the queue.
        Raises:
            Refusal: `unavailable` when too many are waiting already.
        """
        if password_hash is None or not Argon2Hasher.identify(password_hash):
            await self._run(lambda: self._argon2.verify(password, self._nobodys_hash), asked_by)
            return False
        return await self._run(lambda: self._argon2.verify(password, password_hash), asked_by)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T], asked_by: str = "") -> T:
        is_greedy = bool(asked_by) and self._asking[asked_by] >= self._capacity_of_one
        if self._busy >= self._capacity or is_greedy:
            raise unavailable("Too many people are signing in right now. Please try again.", 2)
        self._busy += 1
        self._asking[asked_by] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._busy -= 1
            self._asking[asked_by] -= 1
            if not self._asking[asked_by]:
                del self._asking[asked_by]
