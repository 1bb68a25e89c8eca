"""Where and what can be booked in the demo: three facilities in three time zones, six services."""

from typing import Any

CLINIC, SALON, OFFICE = "clinic", "salon", "office"

FACILITIES: dict[str, dict[str, Any]] = {
    CLINIC: {
        "name": "Lindenhof Clinic",
        "timezone": "Europe/Berlin",
        "address": "Lindenallee 12, 10435 Berlin",
    },
    SALON: {
        "name": "Juniper & Co. Hair",
        "timezone": "America/New_York",
        "address": "48 Orchard Street, New York, NY 10002",
    },
    OFFICE: {
        "name": "Lakeside Citizen Office",
        "timezone": "Asia/Kolkata",
        "address": "7 Lake Road, Bengaluru 560001",
    },
}


def _service(
    title: str,
    description: str,
    minutes: int,
    price_cents: int,
    currency: str,
    *,
    buffers_minutes: tuple[int, int] = (0, 0),
    free_until_hours: int = 0,
    late_fee_cents: int | None = None,
    late_fee_percent: int | None = None,
    no_show_fee_cents: int = 0,
) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "duration_minutes": minutes,
        "buffer_before_minutes": buffers_minutes[0],
        "buffer_after_minutes": buffers_minutes[1],
        "price_cents": price_cents,
        "currency": currency,
        "free_until_hours": free_until_hours,
        "late_fee_cents": late_fee_cents,
        "late_fee_percent": late_fee_percent,
        "no_show_fee_cents": no_show_fee_cents,
        "is_active": True,
    }


SERVICES: dict[str, dict[str, Any]] = {
    "consultation": _service(
        "General consultation",
        "A first talk, a check of your complaint, and what to do next.",
        30,
        6000,
        "EUR",
        free_until_hours=24,
        late_fee_percent=50,
        no_show_fee_cents=6000,
    ),
    "cardiology": _service(
        "Cardiology check-up",
        "ECG, blood pressure and a talk about the results.",
        45,
        12000,
        "EUR",
        buffers_minutes=(0, 15),
        free_until_hours=48,
        late_fee_cents=4000,
        no_show_fee_cents=12000,
    ),
    "physiotherapy": _service(
        "Physiotherapy",
        "One session of manual therapy and exercises.",
        45,
        7500,
        "EUR",
        buffers_minutes=(5, 10),
        free_until_hours=24,
        late_fee_percent=30,
        no_show_fee_cents=5000,
    ),
    "haircut": _service(
        "Haircut & styling",
        "Wash, cut and finish.",
        60,
        8500,
        "USD",
        buffers_minutes=(0, 15),
        free_until_hours=12,
        late_fee_cents=2500,
        no_show_fee_cents=8500,
    ),
    "colour": _service(
        "Colour & highlights",
        "Full colour or highlights, with a gloss.",
        120,
        16000,
        "USD",
        buffers_minutes=(15, 15),
        free_until_hours=72,
        late_fee_percent=50,
        no_show_fee_cents=16000,
    ),
    "passport": _service(
        "Passport & ID application",
        "Bring your papers and a photo. The appointment is free of charge.",
        20,
        0,
        "INR",
    ),
}
