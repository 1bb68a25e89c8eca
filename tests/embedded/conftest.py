"""Fixtures for tests that run real PostgreSQL servers."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from holdfast.kernel.embedded import EmbeddedPostgres

from .support import OwnerProcess

OWNER_SCRIPT = Path(__file__).with_name("owner.py")


class RunOwner(Protocol):
    """Start an owner process, by way of a command `prefix` if given."""

    def __call__(
        self, data_dir: Path, *, prefix: Sequence[str | Path] = (), mode: str = "run"
    ) -> OwnerProcess: ...


@pytest.fixture
def run_owner() -> Iterator[RunOwner]:
    """Starts owner processes, which are killed after the test."""
    started: list[OwnerProcess] = []

    def run(
        data_dir: Path, *, prefix: Sequence[str | Path] = (), mode: str = "run"
    ) -> OwnerProcess:
        owner = OwnerProcess(
            subprocess.Popen(
                [*map(str, prefix), sys.executable, str(OWNER_SCRIPT), str(data_dir), mode],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        started.append(owner)
        return owner

    yield run
    for owner in started:
        with contextlib.suppress(ProcessLookupError):
            owner.kill()


@pytest.fixture
def new_dir(tmp_path: Path) -> Path:
    """A data directory that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def template_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of a server that was started and stopped."""
    path = tmp_path_factory.mktemp("template") / "data"
    with EmbeddedPostgres(path):
        pass
    return path


@pytest.fixture
def data_dir(new_dir: Path, template_dir: Path) -> Path:
    """A data directory of its own with a database in it, quicker made than by initdb."""
    shutil.copytree(template_dir, new_dir)
    return new_dir


@pytest.fixture(scope="session")
def shared_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of `pg`."""
    return tmp_path_factory.mktemp("shared") / "data"


@pytest.fixture(scope="session")
def pg(shared_data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A started server, shared by the tests that leave it as it was."""
    with EmbeddedPostgres(shared_data_dir) as server:
        yield server


@pytest.fixture
def as_root() -> None:
    """Skip where the test cannot become other users."""
    if os.geteuid() != 0:
        pytest.skip("only root can run processes as other users")
