"""Swagger UI at `/api/docs` (SPEC §4); nothing of it is fetched from other servers."""

from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response

from holdfast.http.preconditions import caller_has
from holdfast.kernel.errors import not_found

# Swagger UI sets style attributes and shows pictures out of its own style sheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="docs/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>The description of the API is at <a href="v1/openapi.json">v1/openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """\
SwaggerUIBundle({
  url: "v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
"""
_ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon.png": "image/png",
}

router = APIRouter(prefix="/api/docs", include_in_schema=False)


@router.get("")
async def docs_page() -> Response:
    """The page. Its addresses are relative, so that it works below any prefix of a proxy."""
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Response(_PAGE, media_type="text/html", headers=headers)


@router.get("/start.js")
async def docs_start() -> Response:
    headers = {"Cache-Control": "no-cache"}
    return Response(_START, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/{name}")
async def docs_asset(name: str, request: Request) -> Response:
    """A file of Swagger UI."""
    if name not in _ASSETS:
        raise not_found("file")
    content, tag = _asset(name)
    headers: dict[str, Any] = {"Cache-Control": "public, max-age=86400", "ETag": f'"{tag}"'}
    if caller_has(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=_ASSETS[name], headers=headers)


@cache
def _asset(name: str) -> tuple[bytes, str]:
    content = (files("fastapi_offline") / "static" / name).read_bytes()
    return content, f"{len(content):x}-{version('fastapi-offline')}"
