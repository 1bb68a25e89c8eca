"""The OpenAPI 3.1 document: FastAPI's, with problems as the only error body."""

from typing import Any

from fastapi import FastAPI

from holdfast.http.problem import MEDIA_TYPE, SCENARIOS, problems
from holdfast.http.write_limits import METHODS

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong (RFC 9457); `scenario` is the stable code.",
    "required": [
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "success",
        "message",
        "scenario",
        "details",
        "recoverable",
    ],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "success": {"const": False},
        "message": {"type": "string", "description": "The same as `detail`."},
        "scenario": {"type": "string", "enum": list(SCENARIOS)},
        "details": {"type": "object"},
        "recoverable": {
            "type": "boolean",
            "description": "Whether the same user can try again, perhaps with other values.",
        },
    },
}


def install(app: FastAPI) -> None:
    """Let the application's document describe its errors as they are."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = _PROBLEM
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            for path in document["paths"].values():
                for method, operation in path.items():
                    _describe_validation(operation)
                    if method.upper() in METHODS:
                        _describe_limit(operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi


def _describe_validation(operation: dict[str, Any]) -> None:
    response = operation["responses"].get("422")
    if response and "application/json" in response.get("content", {}):
        operation["responses"]["422"] = problems("validation_failed")[422]


def _describe_limit(operation: dict[str, Any]) -> None:
    """Every route that writes has a limit, so none of them has to say so."""
    limited = problems("rate_limited")[429]
    described = operation["responses"].setdefault("429", limited)
    if described is not limited and MEDIA_TYPE in described.get("content", {}):
        examples = described["content"][MEDIA_TYPE]["examples"]
        if "rate_limited" not in examples:
            examples |= limited["content"][MEDIA_TYPE]["examples"]
            described["description"] += f"; {limited['description']}"
