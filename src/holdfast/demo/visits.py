"""The appointments of the demo, as it begins: who comes to whom, in how many days, and what became
of it already."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["confirmed", "attending", "moved", "accepted", "requested", "cancelled"]


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment to come: the first free slot from `in_days` days on, from that hour.

    Attributes:
        key: what it is known by; it exists once at any time.
        kind: confirmed; attending (the client has confirmed that); moved (rescheduled once);
            accepted (asked for first); requested (still waiting); cancelled.
        by_staff: whether the front desk books it; only then may it have a priority.
    """

    key: str
    client: str
    provider: str
    service: str
    in_days: int
    hour: int
    kind: Kind = "confirmed"
    priority: str = "normal"
    notes: str | None = None
    by_staff: bool = False


@dataclass(frozen=True, slots=True)
class PastVisit:
    """One that is over, for the history: on the last working day at least `ago_days` days ago."""

    key: str
    client: str
    provider: str
    service: str
    ago_days: int
    hour: int
    ending: Literal["completed", "no_show", "cancelled"] = "completed"


VISITS = (
    # Clara: a late cancellation costs half; an early one nothing; one that she moved; one that
    # waits for an answer.
    Visit(
        "clara-colour", "client", "novak", "colour", 1, 9, notes="Copper, please. Patch test done."
    ),
    Visit("clara-check", "client", "brandt", "consultation", 6, 10, "attending"),
    Visit("clara-physio", "client", "keller", "physiotherapy", 9, 15, "moved"),
    Visit(
        "clara-heart",
        "client",
        "oeztuerk",
        "cardiology",
        3,
        9,
        "requested",
        notes="Mornings are best.",
    ),
    # Chris: in another time zone, and a free service.
    Visit("chris-cut", "client2", "okafor", "haircut", 2, 11, notes="Short at the sides."),
    Visit("chris-passport", "client2", "nair", "passport", 8, 10),
    Visit("chris-colour", "client2", "torres", "colour", 12, 14, "cancelled"),
    Visit("chris-back", "client2", "keller", "physiotherapy", 4, 10, "accepted"),
    # What fills the calendar of Dr. Brandt, and her requests.
    Visit("b1", "vogel", "brandt", "consultation", 1, 9, notes="Results of the blood test."),
    Visit("b2", "aksoy", "brandt", "consultation", 1, 10, "attending"),
    Visit("b3", "roux", "brandt", "consultation", 1, 14, by_staff=True, priority="vip"),
    Visit("b4", "fischer", "brandt", "consultation", 2, 8),
    Visit("b5", "vogel", "brandt", "consultation", 2, 11, "accepted", by_staff=True),
    Visit("b6", "aksoy", "brandt", "consultation", 3, 9),
    Visit("b7", "roux", "brandt", "consultation", 5, 15),
    Visit(
        "b8",
        "fischer",
        "brandt",
        "consultation",
        2,
        9,
        "requested",
        "urgent",
        "High fever since yesterday.",
        by_staff=True,
    ),
    Visit(
        "b9",
        "aksoy",
        "brandt",
        "consultation",
        4,
        14,
        "requested",
        "vip",
        "Travel vaccination, leaves next week.",
        by_staff=True,
    ),
    Visit("b10", "roux", "brandt", "consultation", 5, 10, "requested", notes="Any time that day."),
    # The others.
    Visit("y1", "fischer", "oeztuerk", "cardiology", 1, 9),
    Visit("y2", "vogel", "oeztuerk", "cardiology", 4, 11, by_staff=True, priority="urgent"),
    Visit("k1", "roux", "keller", "physiotherapy", 1, 14),
    Visit("k2", "aksoy", "keller", "physiotherapy", 2, 16, "moved"),
    Visit("k3", "fischer", "keller", "physiotherapy", 3, 11, "requested", by_staff=True),
    Visit("t1", "brooks", "torres", "haircut", 1, 10),
    Visit("t2", "diaz", "torres", "haircut", 2, 12, "attending"),
    Visit("t3", "brooks", "torres", "colour", 3, 14, by_staff=True, priority="vip"),
    Visit("o1", "diaz", "okafor", "haircut", 1, 9),
    Visit("o2", "brooks", "okafor", "haircut", 4, 15),
    Visit("n1", "brooks", "novak", "colour", 6, 11),
    Visit("p1", "iyer", "nair", "passport", 1, 9),
    Visit("p2", "singh", "nair", "passport", 1, 11, notes="Renewal, old passport at hand."),
    Visit("p3", "iyer", "nair", "passport", 3, 15, "requested", "urgent", by_staff=True),
    Visit("m1", "singh", "mehta", "passport", 2, 12),
)

PAST_VISITS = (
    PastVisit("clara-first", "client", "brandt", "consultation", 30, 9),
    PastVisit("clara-cut", "client", "okafor", "haircut", 17, 14),
    PastVisit("clara-missed", "client", "keller", "physiotherapy", 12, 11, "no_show"),
    PastVisit("chris-first", "client2", "okafor", "haircut", 40, 10),
    PastVisit("chris-late", "client2", "novak", "colour", 9, 10, "cancelled"),
    PastVisit("vogel-first", "vogel", "brandt", "consultation", 14, 10),
    PastVisit("aksoy-first", "aksoy", "brandt", "consultation", 7, 15),
)
