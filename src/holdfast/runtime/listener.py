"""The socket that the API listens on."""

import errno
import socket

from holdfast.config import Settings
from holdfast.runtime.errors import CannotRun

BACKLOG = 2048


def listen(settings: Settings) -> socket.socket:
    """Listen on the address of the settings; port 0 takes any free one.

    Raises:
        CannotRun: the address is in use, not one of this machine, or not permitted.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise CannotRun(f"HOLDFAST_HOST: {host} is not an address of this machine") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotRun(_explain(error, host, port)) from error
    listener.setblocking(False)
    return listener


def port_of(listener: socket.socket) -> int:
    return listener.getsockname()[1]


def _explain(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"port {port} of {host} is in use by another program: stop that one, or set "
                "HOLDFAST_PORT to another port (0 takes any free one)"
            )
        case errno.EACCES:
            return f"HOLDFAST_PORT: this user may not listen on port {port}; take one above 1023"
        case errno.EADDRNOTAVAIL:
            return f"HOLDFAST_HOST: {host} is not an address of this machine"
        case _:
            return f"cannot listen on {host}, port {port}: {error.strerror}"
