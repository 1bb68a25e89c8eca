"""The verifier printed in docs/audit.md, run on what a real server answers."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.documents import ROOT, Document
from tests.support.make import Make

Check = Callable[[list[dict[str, Any]]], str]


@pytest.fixture(scope="module")
def check() -> Check:
    """`check` of the code block, exactly as it is printed."""
    (block,) = Document(ROOT / "docs" / "audit.md").blocks("python")
    names: dict[str, Any] = {}
    exec(compile(block, "docs/audit.md", "exec"), names)
    return names["check"]


async def history(api: Api, make: Make) -> list[dict[str, Any]]:
    """Several changes of one appointment, with text that is hard to write canonically."""
    place, client = make.place(), make.client('Zoë "Ω" \\ Ünal \U0001f600')
    appointment = await api.booked(client, place, make.slot(place))
    with make.db.transaction():
        make.db.execute(
            "SELECT act_as(%s, %s)",
            [client.actor.as_parameter(), "tab\tline\nbell \u001f del \x7f"],
        )
        make.db.execute(
            "UPDATE appointments SET notes = %s WHERE id = %s",
            ["</script> \u2028 €\r\n'", appointment["id"]],
        )
    make.db.execute(
        "UPDATE appointments SET price_cents = 0, notes = '' WHERE id = %s", [appointment["id"]]
    )
    answer = await api.get(f"/appointments/{appointment['id']}", client)
    return answer.json()["audit"]


async def test_a_real_history_passes(api: Api, make: Make, check: Check) -> None:
    entries = await history(api, make)
    assert [entry["version"] for entry in entries] == [1, 2, 3]
    head = make.one("SELECT encode(audit_hash, 'hex') AS head FROM appointments")["head"]
    assert check(entries) == head


async def test_a_slots_history_passes(api: Api, make: Make, check: Check) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    slot_id = make.slot(place)
    await api.booked(client, place, slot_id)
    answer = await api.get(f"/appointments/availability/slots/{slot_id}/audit", staff)
    entries = answer.json()["items"]
    assert [entry["action"] for entry in entries] == ["published", "held", "booked"]
    check(entries)


async def test_any_alteration_is_found(api: Api, make: Make, check: Check) -> None:
    entries = await history(api, make)

    def altered(change: Callable[[list[dict[str, Any]]], object]) -> list[dict[str, Any]]:
        forged = copy.deepcopy(entries)
        change(forged)
        return forged

    forgeries = [
        altered(lambda e: e.pop(0)),
        altered(lambda e: e.pop(1)),
        altered(lambda e: e.insert(1, e[1])),
        altered(lambda e: e.reverse()),
        *(
            altered(lambda e, field=field, number=number: e[number].update({field: "other"}))
            for number in range(len(entries))
            for field in entries[0]
        ),
    ]
    for forged in forgeries:
        with pytest.raises(ValueError, match="version"):
            check(forged)
