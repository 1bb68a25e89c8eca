"""Small files that are complete or absent, and private from the first byte."""

import os
from pathlib import Path


def write_private(path: Path, content: str, *, uid: int = -1, gid: int = -1) -> None:
    """Write `content` to `path` with mode 0600, replacing the file as a whole and durably.

    uid, gid: the owner to give it, -1 for our own. Raises OSError.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # from an interrupted attempt
    # O_EXCL: never write through a link that somebody put there.
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(fd, "wb") as file:
        os.fchown(fd, uid, gid)
        file.write(os.fsencode(content))
        file.flush()
        os.fsync(fd)
    new.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make creations and renames in `directory` durable. Raises OSError."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def give_tree(root: Path, uid: int, gid: int) -> None:
    """Give `root` and all below it to `uid` and `gid`, following no links. Raises OSError."""
    for _, directories, names, directory_fd in os.fwalk(root):
        for name in (*directories, *names):
            os.chown(name, uid, gid, dir_fd=directory_fd, follow_symlinks=False)
    # The root last: until its owner is right, an interrupted change is done again.
    os.chown(root, uid, gid, follow_symlinks=False)
