"""The warning at a start without `--demo`: accounts of the demo that anybody may sign in to."""

import logging
import threading

import psycopg

from holdfast.demo.open_accounts import open_accounts

log = logging.getLogger("holdfast.runtime")


def warn_in_background(url: str) -> None:
    """Look while requests are answered already: five checks of a password take a moment."""
    threading.Thread(target=_warn, args=[url], daemon=True, name="demo-accounts").start()


def _warn(url: str) -> None:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            emails = open_accounts(connection)
    except psycopg.Error as error:
        log.warning("demo accounts were not looked for: %s", " ".join(str(error).split()))
        return
    if emails:
        log.warning(
            "demo accounts still have the public password: %s. Change it, or deactivate them.",
            ", ".join(emails),
        )
