"""Compiles the templates of a house so that they can neither run long nor grow large.

Only what is listed here may stand in a template. Nothing in the list makes a value larger than the
template itself, and all loops of one rendering share a number of steps; so time and size are
bounded by the length of the source, without a clock. Python's objects are out of reach: there are
no calls, and `SandboxedEnvironment` guards attributes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.filters import FILTERS
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

from holdfast.notifications.templates.errors import TemplateInvalidError

LOOP_STEPS = 200
OUTPUT_CHARACTERS = 200_000
_STEPS = "_steps"
_COUNTED = "_counted"

FILTER_NAMES = (
    *("capitalize", "default", "d", "first", "last", "length", "count", "lower", "title"),
    *("trim", "truncate", "upper", "escape", "e"),
)
_NODES: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If),
    *(nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Test),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr, nodes.Concat),
    *(nodes.Tuple, nodes.List, nodes.Keyword, nodes.Neg),
)
_FORBIDDEN_NAMES = ("self", "varargs", "kwargs", "caller")  # Jinja's own
_TESTS = ("defined", "undefined", "none", "true", "false", "even", "odd", "divisibleby")


def _shown(value: Any) -> Any:
    """What `{{ }}` prints: texts and numbers. A list has no form of its own."""
    if isinstance(value, Undefined):
        return value  # says by itself what is missing
    if value is None:
        return ""
    if isinstance(value, list | tuple | dict):
        raise TemplateError("only a single value can be printed; go through a list with `for`")
    return value


@pass_context
def _counted(context: Context, items: Any) -> Iterator[Any]:
    """The items of a loop, each of which takes one of the rendering's steps."""
    left = context[_STEPS]
    for item in items:
        if not left[0]:
            raise TemplateError(f"its loops take more than {LOOP_STEPS} steps")
        left[0] -= 1
        yield item


class _Environment(ImmutableSandboxedEnvironment):
    def __init__(self, *, is_html: bool) -> None:
        super().__init__(
            autoescape=is_html,
            undefined=StrictUndefined,
            finalize=_shown,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters = {name: FILTERS[name] for name in FILTER_NAMES} | {_COUNTED: _counted}
        self.tests = {name: self.tests[name] for name in _TESTS}
        self.globals = {}


_HTML = _Environment(is_html=True)
_TEXT = _Environment(is_html=False)


class Compiled:
    """One part of a template, ready to be rendered."""

    def __init__(self, template: Template) -> None:
        self._template = template

    def render(self, data: Mapping[str, Any]) -> str:
        """
        Raises:
            TemplateInvalidError: it names something that is not there, or is too long.
        """
        parts: list[str] = []
        room = OUTPUT_CHARACTERS
        try:
            for part in self._template.generate(**data, **{_STEPS: [LOOP_STEPS]}):
                room -= len(part)
                if room < 0:
                    raise TemplateError(f"it is longer than {OUTPUT_CHARACTERS} characters")
                parts.append(part)
        except Exception as error:  # whatever a stranger's template may raise
            raise TemplateInvalidError(_message(error), _line(self._template, error)) from error
        return "".join(parts)


def compile_part(source: str, *, is_html: bool) -> Compiled:
    """Compile a subject, a text or an HTML part.

    Raises:
        TemplateInvalidError: it is no template, or holds what is not allowed.
    """
    environment = _HTML if is_html else _TEXT
    try:
        tree = environment.parse(source)
        _check(tree)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(
                loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno
            )  # fmt: skip
        code = environment.compile(tree)
        template = Template.from_code(environment, code, {})
    except TemplateSyntaxError as error:
        raise TemplateInvalidError(error.message or "it is no template", error.lineno) from error
    except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
        raise TemplateInvalidError("it is nested too deeply", None) from error
    return Compiled(template)


def _check(tree: nodes.Template) -> None:
    line = 1
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        line = getattr(node, "lineno", None) or line
        if not isinstance(node, _NODES) or (isinstance(node, nodes.For) and node.recursive):
            what = type(node).__name__.lower()
            raise TemplateInvalidError(f"`{what}` is not allowed in a template", node.lineno)
        name = getattr(node, "name", None)
        if isinstance(node, nodes.Filter) and name not in FILTER_NAMES:
            raise TemplateInvalidError(f"there is no filter `{name}`", node.lineno)
        if isinstance(node, nodes.Test) and name not in _TESTS:
            raise TemplateInvalidError(f"there is no test `{name}`", node.lineno)
        if isinstance(node, nodes.Name | nodes.Getattr):
            _check_name(node)
        waiting.extend(node.iter_child_nodes())


def _check_name(node: nodes.Name | nodes.Getattr) -> None:
    name = node.name if isinstance(node, nodes.Name) else node.attr
    if name.startswith("_") or name in _FORBIDDEN_NAMES:
        raise TemplateInvalidError(f"`{name}` is not allowed in a template", node.lineno)


def _message(error: Exception) -> str:
    if isinstance(error, TemplateError):
        return str(error.message or error)
    return f"it cannot be rendered ({type(error).__name__})"


def _line(template: Template, error: Exception) -> int | None:
    """Jinja rewrites the traceback so that its frames have the template's lines."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
