"""Demo accounts that still have the public password: anybody may sign in to them."""

import psycopg
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from holdfast.demo.people import ACCOUNTS, PASSWORD
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.demo")


def open_accounts(connection: psycopg.Connection) -> list[str]:
    """The addresses of those, in order."""
    argon2 = PasswordHash([Argon2Hasher()])
    rows = connection.execute(QUERIES.accounts_by_email, {"emails": list(ACCOUNTS)}).fetchall()
    return [
        email
        for email, password_hash in rows
        if Argon2Hasher.identify(password_hash) and argon2.verify(PASSWORD, password_hash)
    ]
