"""A calendar that is there, and nothing else: for requests that ask for one before they answer."""

import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Not where anything else listens, so that what nobody may reach stays so.
_ADDRESS = "127.0.0.3"
CALENDAR_NETWORK = f"{_ADDRESS}/32"
_ANSWER = b"""<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>
<d:href>/calendar/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/>
</d:resourcetype><d:displayname>Work</d:displayname></d:prop><d:status>HTTP/1.1 200 OK</d:status>
</d:propstat></d:response></d:multistatus>"""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PROPFIND(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(207)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(_ANSWER)))
        self.end_headers()
        self.wfile.write(_ANSWER)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@cache
def calendar_url() -> str:
    """Of a calendar; its server begins with the first call and ends with this process."""
    server = ThreadingHTTPServer((_ADDRESS, 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{_ADDRESS}:{server.server_port}/calendar/"
