"""The project's documents and what they name, for the tests that keep them true."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "holdfast"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """A Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without its code blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """The code blocks in a language."""
        return [body for known, body in _FENCE.findall(self.text) if known == language]

    def code(self) -> list[str]:
        """What stands between backticks in the prose."""
        return _CODE.findall(self.prose)

    def links(self) -> list[str]:
        return [first or second for first, second in _LINK.findall(self.prose)]

    def anchors(self) -> set[str]:
        """The fragments that its headings can be reached by."""
        return {_slug(heading) for heading in _HEADING.findall(self.prose)}

    def table_rows(self, heading: str) -> list[list[str]]:
        """The cells of each table row in the section with that heading, header rows left out."""
        parts = re.split(r"^#+ +", self.prose, flags=re.MULTILINE)
        section = next(part for part in parts if part.partition("\n")[0].strip() == heading)
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def _slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.replace(" ", "-")


def documents() -> list[Document]:
    """Every Markdown file of the project."""
    return [Document(path) for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])]


def text_files(*folders: str, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """The files of these folders with one of these suffixes, made ones left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            made = {"__pycache__", "node_modules", "web_dist", ".venv"} & set(path.parts)
            if path.suffix in suffixes and path.is_file() and not made:
                yield path


def everything_in(*folders: str) -> str:
    """All source text of these folders in one string, to look for names in."""
    suffixes = (".py", ".sql", ".sh", ".toml")
    return "\n".join(
        path.read_text(encoding="utf-8") for path in text_files(*folders, suffixes=suffixes)
    )
