"""`GET /`: a page that says what runs here and how to talk to it."""

import base64
import hashlib
import html

from fastapi import APIRouter, Response

from holdfast.http.context import InContext

_STYLE = """
:root { color-scheme: light dark; --line: #8886; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; }
code { font: .875rem/1.5 ui-monospace, monospace; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Holdfast</h1>
<p>An appointment server that never double-books. It is running; this page is not its web app.</p>
<ul>
<li><a href="api/docs">API documentation</a> to read and try out</li>
<li><a href="api/v1/openapi.json">OpenAPI description</a> for tools</li>
<li><a href="health">Health</a> and <a href="metrics">metrics</a></li>
</ul>
<h2>Signing in</h2>
<pre><code>curl -s {url}/api/v1/auth/signin \\
  -H 'Content-Type: application/json' \\
  -d '{{"email": "you@example.com", "password": "your password"}}'</code></pre>
<p>The answer holds an <code>accessToken</code>. Send it with every request:</p>
<pre><code>curl -s {url}/api/v1/auth/me -H 'Authorization: Bearer &lt;accessToken&gt;'</code></pre>
<p><code>holdfast create-admin</code> makes the first account.</p>
</main>
</body>
</html>
"""

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def landing_page(context: InContext) -> Response:
    page = _PAGE.format(style=_STYLE, url=html.escape(context.settings.base_url))
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Response(page, media_type="text/html", headers=headers)
