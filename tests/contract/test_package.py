"""The wheel holds the whole product: `pip install` alone gives the server and its web app."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.documents import ROOT

NOT_COPIED = shutil.ignore_patterns("node_modules", "web_dist", ".venv", ".git", "__pycache__")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built by the project's own hook, from a copy: other tests use the app that is built here."""
    folder = tmp_path_factory.mktemp("package")
    copy = folder / "holdfast"
    for name in ("src", "web", "tools"):
        shutil.copytree(ROOT / name, copy / name, ignore=NOT_COPIED)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, copy / name)
    (copy / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    uv = Path(sys.executable).parent / "uv"
    subprocess.run(
        [uv, "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", folder, copy],
        check=True,
    )
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_web_app_is_in_it(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    page = wheel.read("holdfast/web_dist/index.html").decode()
    scripts = [name for name in names if name.startswith("holdfast/web_dist/assets/")]
    assert any(f"/{script.removeprefix('holdfast/web_dist/')}" in page for script in scripts)
    assert "holdfast/web_dist/sw.js" in names and "holdfast/web_dist/first.js" in names
    assert any(name.endswith(".js.br") for name in scripts)
    assert not [name for name in names if "node_modules" in name or name.startswith("web/")]


def test_all_sql_is_in_it(wheel: zipfile.ZipFile) -> None:
    kept = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.sql")}
    assert kept <= set(wheel.namelist())
