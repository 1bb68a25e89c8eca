"""`holdfast export`: descriptions of the API for other programs, without a database."""

from pathlib import Path
from typing import Any

import orjson
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import SECRET_KEY_MIN_CHARACTERS, Settings
from holdfast.kernel.db import Database
from holdfast.realtime import asyncapi


def export_openapi(output: Path | None) -> None:
    """Write the OpenAPI document to a file, or to standard output."""
    settings = Settings(secret_key=SecretStr("-" * SECRET_KEY_MIN_CHARACTERS))
    _write(create_app(settings, Database("postgresql://")).openapi(), output)


def export_asyncapi(output: Path | None) -> None:
    """Write the AsyncAPI document to a file, or to standard output."""
    _write(asyncapi.document(), output)


def _write(document: dict[str, Any], output: Path | None) -> None:
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if output is None:
        print(text.decode(), end="")
    else:
        output.write_bytes(text)
