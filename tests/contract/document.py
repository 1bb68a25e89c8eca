"""The OpenAPI document, as the tests that are generated from it read it."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from holdfast.app import API_PREFIX
from tests.contract.operations import Operation

Schema = dict[str, Any]


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


def formats_of(schema: Schema) -> set[str]:
    """The formats that occur in a schema, choices included."""
    found = {schema["format"]} if "format" in schema else set()
    for choice in schema.get("anyOf", []):
        found |= formats_of(choice)
    return found
