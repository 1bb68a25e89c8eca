"""A mail server that takes everything, as a process. It prints its port."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session


class Taker:
    """Says 250 to every mail and forgets it."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return "250 2.0.0 taken"


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Taker(), enable_SMTPUTF8=True, hostname="sink.test"), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
