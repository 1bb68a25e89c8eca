"""An audit entry says when its actor came by a mail's link, and its hash covers that."""

from dataclasses import replace

import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from tests.sql.chain import flaws
from tests.support.make import Make


def test_who_came_by_a_link_is_so_recorded_in_the_chain(make: Make) -> None:
    place, client = make.place(), make.client()
    appointment = make.appointment(client, place, make.slot(place))
    for reason, via in (("first", "link"), ("second", None)):
        actor = replace(client.actor, via=via)
        with make.db.transaction():
            make.db.execute("SELECT act_as(%s)", [actor.as_parameter()])
            make.db.execute(
                "UPDATE appointments SET notes = %s WHERE id = %s", [reason, appointment]
            )
    entries = [
        row["entry"]
        for row in make.all(
            "SELECT audit_entry(e) AS entry FROM appointment_audit AS e ORDER BY e.version"
        )
    ]
    assert [entry.get("via", "none") for entry in entries] == ["none", "link", "none"]
    assert flaws(entries) == []
    del entries[1]["via"]
    assert flaws(entries) != []


def test_nothing_else_can_stand_there(make: Make) -> None:
    place, client = make.place(), make.client()
    appointment = make.appointment(client, place, make.slot(place))
    facts = client.actor.facts() | {"via": "telepathy"}
    with make.db.transaction():
        make.db.execute("SELECT act_as(%s)", [Jsonb(facts)])
        with pytest.raises(errors.CheckViolation):
            make.db.execute("UPDATE appointments SET notes = 'x' WHERE id = %s", [appointment])
