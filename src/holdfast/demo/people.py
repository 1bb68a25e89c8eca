"""Who is in the demo: the five accounts to sign in with, and clients who fill the calendars."""

from dataclasses import dataclass

from holdfast.kernel.actor import Role

PASSWORD = "demo-Pass-123"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the demo.

    Attributes:
        key: by which visits name them.
        provider: the provider whose calendar an operator is confined to.
        signs_in: whether the demo's password opens the account; otherwise none does.
    """

    key: str
    name: str
    email: str
    role: Role = "client"
    phone: str | None = None
    provider: str | None = None
    signs_in: bool = False


PEOPLE = (
    Person("admin", "Ada Lindqvist", "admin@demo.test", "admin", signs_in=True),
    Person("operator", "Omar Haddad", "operator@demo.test", "operator", signs_in=True),
    Person(
        "provider",
        "Dr. Anna Brandt",
        "provider@demo.test",
        "operator",
        provider="brandt",
        signs_in=True,
    ),
    Person("client", "Clara Jensen", "client@demo.test", phone="+4930555010", signs_in=True),
    Person("client2", "Chris Bauer", "client2@demo.test", phone="+12125550142", signs_in=True),
    Person("vogel", "Nina Vogel", "nina.vogel@demo.test", phone="+4930555011"),
    Person("aksoy", "Emre Aksoy", "emre.aksoy@demo.test", phone="+4930555012"),
    Person("roux", "Élodie Roux", "elodie.roux@demo.test"),
    Person("fischer", "Paul Fischer", "paul.fischer@demo.test", phone="+4930555014"),
    Person("brooks", "Tasha Brooks", "tasha.brooks@demo.test", phone="+12125550143"),
    Person("diaz", "Mateo Díaz", "mateo.diaz@demo.test"),
    Person("iyer", "Kavya Iyer", "kavya.iyer@demo.test", phone="+918025550145"),
    Person("singh", "Dev Singh", "dev.singh@demo.test", phone="+918025550146"),
)
ACCOUNTS = tuple(person.email for person in PEOPLE if person.signs_in)
