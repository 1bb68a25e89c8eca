"""Who gives appointments in the demo: eight providers with their week."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from holdfast.demo.catalogue import CLINIC, FACILITIES, OFFICE, SALON
from holdfast.demo.ids import demo_id

WEEKDAYS = (1, 2, 3, 4, 5)
# One provider is away on this day after the first start, to show an exception.
DAY_OFF_IN_DAYS = 16


@dataclass(frozen=True, slots=True)
class Hours:
    """When a provider works on some weekdays (ISO), all week long the same."""

    weekdays: tuple[int, ...]
    start: str
    end: str
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """Somebody who gives appointments in the demo."""

    key: str
    name: str
    bio: str
    facility: str
    services: tuple[str, ...]
    slot_minutes: int
    hours: tuple[Hours, ...]
    breaks: tuple[Hours, ...] = field(default=())
    takes_day_off: bool = False

    def values(self) -> dict[str, Any]:
        """As the catalogue takes it."""
        return {
            "name": self.name,
            "bio": self.bio,
            "timezone": FACILITIES[self.facility]["timezone"],
            "facility_ids": [str(demo_id(self.facility))],
            "service_ids": [str(demo_id(service)) for service in self.services],
            "is_active": True,
        }

    def schedule(self, today: date) -> dict[str, Any]:
        """As the API takes it (SPEC 4.2)."""
        facility_id = str(demo_id(self.facility))
        return {
            "weekly": [
                {
                    "weekday": weekday,
                    "start": hours.start,
                    "end": hours.end,
                    "facilityId": facility_id,
                    **({"serviceId": str(demo_id(hours.service))} if hours.service else {}),
                }
                for hours in self.hours
                for weekday in hours.weekdays
            ],
            "breaks": [
                {"weekday": weekday, "start": pause.start, "end": pause.end}
                for pause in self.breaks
                for weekday in pause.weekdays
            ],
            "exceptions": [
                {"date": str(today + timedelta(days=DAY_OFF_IN_DAYS)), "closed": True}
                for _ in range(self.takes_day_off)
            ],
            "slotMinutes": self.slot_minutes,
        }


PROVIDERS = (
    Provider(
        "brandt",
        "Dr. Anna Brandt",
        "General practitioner. Speaks German and English.",
        CLINIC,
        ("consultation",),
        30,
        (Hours(WEEKDAYS, "08:30", "16:30"), Hours((6,), "09:00", "12:00")),
        breaks=(Hours(WEEKDAYS, "12:30", "13:30"),),
    ),
    Provider(
        "oeztuerk",
        "Dr. Mehmet Öztürk",
        "Cardiologist. Speaks German, Turkish and English.",
        CLINIC,
        ("cardiology", "consultation"),
        30,
        (
            Hours((1, 3, 5), "09:00", "15:00", "cardiology"),
            Hours((2, 4), "10:00", "16:00"),
        ),
    ),
    Provider(
        "keller",
        "Jonas Keller",
        "Physiotherapist for backs, knees and runners.",
        CLINIC,
        ("physiotherapy",),
        45,
        (Hours(WEEKDAYS, "10:00", "18:00", "physiotherapy"),),
        breaks=(Hours(WEEKDAYS, "13:00", "14:00"),),
        takes_day_off=True,
    ),
    Provider(
        "torres",
        "Maya Torres",
        "Colourist and stylist, twelve years at the chair.",
        SALON,
        ("haircut", "colour"),
        60,
        (
            Hours((2, 3, 4, 5, 6), "10:00", "13:45", "haircut"),
            Hours((2, 3, 4, 5, 6), "14:00", "19:00", "colour"),
        ),
    ),
    Provider(
        "okafor",
        "Sam Okafor",
        "Barber. Fades, beards and honest advice.",
        SALON,
        ("haircut",),
        60,
        (Hours((1, 2, 4, 5, 6, 7), "09:00", "17:45", "haircut"),),
        breaks=(Hours((1, 2, 4, 5, 6, 7), "12:45", "13:30"),),
    ),
    Provider(
        "novak",
        "Lena Novak",
        "Colour specialist. Here every day.",
        SALON,
        ("colour", "haircut"),
        60,
        (
            Hours((1, 2, 3, 4, 5, 6, 7), "09:00", "14:00", "colour"),
            Hours((5, 6), "15:00", "19:00", "haircut"),
        ),
    ),
    Provider(
        "nair",
        "Priya Nair",
        "Desk 1: passports and identity cards.",
        OFFICE,
        ("passport",),
        20,
        (Hours((1, 2, 3, 4, 5, 6), "09:30", "16:30"),),
        breaks=(Hours((1, 2, 3, 4, 5, 6), "13:00", "14:00"),),
    ),
    Provider(
        "mehta",
        "Arjun Mehta",
        "Desk 2: passports and identity cards, evenings too.",
        OFFICE,
        ("passport",),
        20,
        (Hours((1, 3, 5), "12:00", "19:00"),),
    ),
)
