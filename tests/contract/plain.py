"""What a message for a person may not say: words of the validation library, names of the code."""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from holdfast.app import ROUTERS
from holdfast.http.route import known_parameters

# The library's sentences, whatever they are about.
LIBRARY = re.compile(
    r"Input should|[Ss]hould (have|be|match|contain|lie)|Field required|[Ii]nputs? (is|are|tag)|"
    r"not permitted|after validation|Value error|Assertion failed|nable to (parse|extract)|"
    r"valid (string|integer|number|dictionary|list|boolean|UUID|date|datetime|URL|tuple|enum)|"
    r"\bNone\b|Decimal|[Dd]ictionary|pydantic|\bUUID\b|\bint\b|\bstr\b|\bregex|pattern|\{|\}"
)


def _models(above: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in above.__subclasses__():
        yield model
        yield from _models(model)


def _names_of_the_code() -> frozenset[str]:
    """The names that fields and parameters have in the code, where the wire has others."""
    names = {
        name
        for model in _models(BaseModel)
        if model.__module__.startswith("holdfast.")
        for name, field in model.model_fields.items()
        if field.alias not in (None, name)
    }
    for router in ROUTERS:
        for route in router.routes:
            taken = known_parameters(route.dependant)  # type: ignore[attr-defined]
            names |= {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in taken}
    return frozenset(name for name in names if "_" in name)


NAMES = re.compile(rf"\b({'|'.join(sorted(_names_of_the_code()))})(?![\w])")


def is_plain(message: str) -> bool:
    """Whether a message is in our words and names fields as the wire does."""
    return not LIBRARY.search(message) and not NAMES.search(message)
