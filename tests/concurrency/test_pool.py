"""The pool of connections: warm ones are used again, and the others wait for a crowd."""

from holdfast.kernel.db import Database


async def test_the_connection_that_was_used_last_is_used_next(db: Database) -> None:
    async with db.connection() as one:
        async with db.connection() as two:
            last = two.info.backend_pid
            assert last != one.info.backend_pid
        for _ in range(5):
            async with db.connection() as again:
                assert again.info.backend_pid == last
        last = one.info.backend_pid
    for _ in range(5):
        async with db.connection() as again:
            assert again.info.backend_pid == last
