"""`holdfast export`: descriptions of the API for other programs, without a database."""

from pathlib import Path

import orjson
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import SECRET_KEY_MIN_CHARACTERS, Settings
from holdfast.kernel.db import Database


def export_openapi(output: Path | None) -> None:
    """Write the OpenAPI document to a file, or to standard output."""
    settings = Settings(secret_key=SecretStr("-" * SECRET_KEY_MIN_CHARACTERS))
    document = create_app(settings, Database("postgresql://")).openapi()
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if output is None:
        print(text.decode(), end="")
    else:
        output.write_bytes(text)
