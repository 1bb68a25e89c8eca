"""The OpenAPI document, as the tests that are generated from it read it."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from holdfast.app import API_PREFIX
from tests.contract.operations import Operation

Schema = dict[str, Any]

SECRETS = frozenset(
    {"password", "token", "secret"} | {"accessToken", "refreshToken", "reservationToken"}
)
"""Names of fields and path parameters that are secrets."""


class Document:
    """An OpenAPI document with its references resolved where they are looked at."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._validators: dict[str, Any] = {}

    def operations(self) -> Iterator[tuple[str, str, Schema]]:
        """Method, path and description of every operation."""
        for path, methods in self.document["paths"].items():
            for method, described in methods.items():
                yield method.upper(), path, described

    def of(self, operation: Operation) -> Schema:
        path = self.document["paths"][API_PREFIX + operation.template]
        return path[operation.method.lower()]

    def resolved(self, schema: Schema) -> Schema:
        """What a reference names; of a choice with null, what is not null."""
        while True:
            if "$ref" in schema:
                schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            elif len(some := [s for s in schema.get("anyOf", []) if s.get("type") != "null"]) == 1:
                schema = some[0]
            else:
                return schema

    def body(self, operation: Operation) -> Schema | None:
        """The schema of the operation's JSON body."""
        described = self.of(operation).get("requestBody")
        return described["content"]["application/json"]["schema"] if described else None

    def needs_body(self, operation: Operation) -> bool:
        return bool(self.of(operation).get("requestBody", {}).get("required"))

    def fields(self, operation: Operation) -> dict[str, Schema]:
        """The body's properties."""
        body = self.body(operation)
        return self.resolved(body)["properties"] if body else {}

    def parameters(self, operation: Operation, place: str) -> dict[str, Schema]:
        """The schemas of its parameters in `path`, `query` or `header`, by name."""
        return {
            parameter["name"]: parameter["schema"]
            for parameter in self.of(operation).get("parameters", [])
            if parameter["in"] == place
        }

    def accepts(self, schema: Schema, value: Any) -> bool:
        """Whether a value is valid under a schema of this document, formats included."""
        text = json.dumps(schema)
        if text not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            made = jsonschema_rs.validator_for(whole, validate_formats=True)
            self._validators[text] = made
        return self._validators[text].is_valid(value)


def operations_with_secrets(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and path, below the prefix, of the operations that take or give a secret."""
    whole = Document(document)
    for method, path, described in whole.operations():
        contents = [described.get("requestBody", {}), *described.get("responses", {}).values()]
        named = {parameter["name"] for parameter in described.get("parameters", [])}
        for content in contents:
            for media in content.get("content", {}).values():
                named |= _fields_below(whole, media.get("schema", {}), set())
        if named & SECRETS:
            yield method, path.removeprefix(API_PREFIX)


def _fields_below(whole: Document, schema: Schema, seen: set[str]) -> set[str]:
    """The names of all properties in a schema and in what it consists of."""
    schema = whole.resolved(schema)
    if (text := json.dumps(schema)) in seen:
        return set()
    seen.add(text)
    if schema.get("format") == "password":
        return {"password"}
    properties = schema.get("properties", {})
    parts = [*properties.values(), *schema.get("anyOf", [])]
    parts += [schema["items"]] if isinstance(schema.get("items"), dict) else []
    return set(properties).union(*(_fields_below(whole, part, seen) for part in parts))


def formats_of(schema: Schema) -> set[str]:
    """The formats that occur in a schema, choices included."""
    found = {schema["format"]} if "format" in schema else set()
    for choice in schema.get("anyOf", []):
        found |= formats_of(choice)
    return found
