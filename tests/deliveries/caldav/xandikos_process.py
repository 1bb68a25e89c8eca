"""Xandikos with a password on plain HTTP, which its own command line allows only behind a proxy:
`python -m tests.deliveries.caldav.xandikos_process FOLDER PORT HTPASSWD USER`."""

import sys

from aiohttp import web
from xandikos.htpasswd import HtpasswdFile
from xandikos.web import (
    WELLKNOWN_DAV_PATHS,
    RedirectDavHandler,
    SingleUserFilesystemBackend,
    XandikosApp,
    basic_auth_middleware,
)


def run(folder: str, port: str, htpasswd: str, user: str) -> None:
    principal = f"/{user}/"
    backend = SingleUserFilesystemBackend(folder)
    backend._mark_as_principal(principal)
    backend.create_principal(principal, create_defaults=False)
    main_app = XandikosApp(backend, current_user_principal=principal)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await main_app.aiohttp_handler(request, "/")

    app = web.Application(middlewares=[basic_auth_middleware(HtpasswdFile(htpasswd))])
    for path in WELLKNOWN_DAV_PATHS:
        app.router.add_route("*", path, RedirectDavHandler("/").__call__)
    app.router.add_route("*", "/{path_info:.*}", handle)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None)


if __name__ == "__main__":
    run(*sys.argv[1:])
