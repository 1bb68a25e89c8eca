"""Every change leaves one audit row, and no role of the server's can alter one (I6)."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, cast

import psycopg
import pytest
from psycopg import Connection, errors
from psycopg.conninfo import conninfo_to_dict

from holdfast.kernel.actor import Actor
from holdfast.kernel.ids import new_id
from tests.sql.chain import flaws
from tests.support.api import Api
from tests.support.cluster import Cluster, TestDatabase
from tests.support.make import Make, User, soon

AUDIT_TABLES = ("appointment_audit", "slot_audit")
RECORDED_TABLES = ("appointments", "slots")
SLOTS = "/appointments/availability/slots"
# Whatever JSON has to escape, and what needs two UTF-16 units.
ODD_NOTES = 'Quote " and \\ and / and tab\t, line\r\n, Zoë, 漢字, 🦷, \u2028\u2029, \u00a0.'


@pytest.fixture(scope="module")
def lasting(cluster: Cluster) -> Iterator[tuple[TestDatabase, Make]]:
    """A database with one booked slot, for the tests that fail to change it."""
    with cluster.database() as database:
        make = Make(database.owner_url)
        client, place, start = make.client(), make.place(), soon()
        make.slot(place, start)
        make.one(
            "SELECT outcome FROM book_directly(%s, %s, %s, %s, %s, NULL, %s, NULL, 'normal', "
            "NULL, 'fail')",
            client.actor.as_parameter(),
            new_id(),
            client.id,
            place.provider_id,
            place.service_id,
            start,
        )
        yield database, make
        make.close()


def run(connection: Connection[Any], statement: str) -> None:
    connection.execute(cast(LiteralString, statement))


async def one_of_each(api: Api, make: Make) -> tuple[dict[str, Any], User]:
    """A booked slot's appointment, and the client."""
    client = make.client()
    place = make.place()
    return await api.booked(client, place, make.slot(place)), client


def contents(make: Make) -> list[Any]:
    tables = AUDIT_TABLES + RECORDED_TABLES
    return [make.all(f"SELECT * FROM {table} ORDER BY id") for table in tables]


@contextmanager
def refused_to(role: str, lasting: tuple[TestDatabase, Make]) -> Iterator[Connection[Any]]:
    """A connection as that role; what is done with it must be refused and change nothing."""
    database, make = lasting
    before = contents(make)
    assert all(before)
    urls = {"server": database.server_url, "owner": database.owner_url}
    with Connection.connect(urls.get(role, database.superuser_url), autocommit=True) as connection:
        if role == "superuser as replica":
            connection.execute("SET session_replication_role = replica")
        with pytest.raises(errors.InsufficientPrivilege):
            yield connection
    assert contents(make) == before


# What the server's role may not do.


@pytest.mark.parametrize("table", AUDIT_TABLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET reason = 'another'",
        "UPDATE {} SET reason = reason WHERE false",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "INSERT INTO {} SELECT * FROM {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} ADD COLUMN more text",
        "DROP TABLE {}",
        "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "SELECT * FROM {} FOR UPDATE",
    ],
)
def test_the_server_cannot_write_history(
    lasting: tuple[TestDatabase, Make], table: str, statement: str
) -> None:
    with refused_to("server", lasting) as connection:
        run(connection, statement.replace("{}", table))


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE mine (id integer)",
        "CREATE OR REPLACE FUNCTION acting() RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb'",
        "ALTER TABLE appointments DISABLE TRIGGER appointments_record",
        "DROP TRIGGER slots_record ON slots",
        "SET ROLE {owner}",
    ],
)
def test_the_server_cannot_get_round_the_triggers(
    lasting: tuple[TestDatabase, Make], statement: str
) -> None:
    owner = str(conninfo_to_dict(lasting[0].owner_url)["user"])
    with refused_to("server", lasting) as connection:
        run(connection, statement.replace("{owner}", owner))


def test_the_server_owns_nothing(make: Make) -> None:
    assert (
        make.all(
            "SELECT relname FROM pg_class WHERE relowner = 'holdfast_server'::regrole "
            "UNION ALL SELECT proname FROM pg_proc WHERE proowner = 'holdfast_server'::regrole"
        )
        == []
    )
    role = make.one(
        "SELECT rolsuper, rolcreaterole, rolbypassrls, rolcreatedb FROM pg_roles "
        "WHERE rolname = 'holdfast_server'"
    )
    assert not any(role.values())
    member_of = make.all("SELECT FROM pg_auth_members WHERE member = 'holdfast_server'::regrole")
    assert member_of == []


def test_functions_with_the_owners_rights_are_triggers(make: Make) -> None:
    """They can then be called by a change only, and look nothing up where a caller put it."""
    rows = make.all(
        "SELECT proname, prorettype::regtype::text AS returns, coalesce(proconfig, '{}') AS config "
        "FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert {row["proname"] for row in rows} >= {
        "record_appointment_change",
        "record_slot_change",
        "check_slot_agreement",
    }
    for row in rows:
        assert row["returns"] == "trigger", row
        assert "search_path=public, pg_temp" in row["config"], row


# What nobody may do.


@pytest.mark.parametrize("role", ["owner", "superuser", "superuser as replica"])
@pytest.mark.parametrize("table", AUDIT_TABLES)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET reason = 'another'", "DELETE FROM {}", "TRUNCATE {}", "TRUNCATE {} CASCADE"],
)
def test_history_is_append_only_for_everybody(
    lasting: tuple[TestDatabase, Make], role: str, table: str, statement: str
) -> None:
    with refused_to(role, lasting) as connection:
        run(connection, statement.replace("{}", table))


@pytest.mark.parametrize("role", ["server", "owner", "superuser", "superuser as replica"])
@pytest.mark.parametrize("table", RECORDED_TABLES)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_history_speaks_of_stays(
    lasting: tuple[TestDatabase, Make], role: str, table: str, statement: str
) -> None:
    with refused_to(role, lasting) as connection:
        run(connection, statement.replace("{}", table))


def test_no_session_setting_turns_a_trigger_of_history_off(make: Make) -> None:
    rows = make.all(
        "SELECT tgrelid::regclass::text AS name, tgname FROM pg_trigger "
        "WHERE tgrelid::regclass::text = ANY(%s) AND NOT tgisinternal AND tgenabled <> 'A'",
        [*AUDIT_TABLES, *RECORDED_TABLES],
    )
    assert rows == []


# One row for each change, whoever makes it.


def last_entry(make: Make, table: LiteralString) -> dict[str, Any]:
    return make.one(f"SELECT * FROM {table} ORDER BY at DESC, version DESC LIMIT 1")


@pytest.mark.parametrize("role", ["server", "owner", "superuser", "superuser as replica"])
async def test_changes_made_past_the_api_are_recorded(
    api: Api, make: Make, database: TestDatabase, role: str
) -> None:
    await one_of_each(api, make)
    urls = {"server": database.server_url, "owner": database.owner_url}
    url = urls.get(role, database.superuser_url)
    with Connection.connect(url, autocommit=True) as connection:
        if role == "superuser as replica":
            connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE appointments SET notes = 'By hand'")
        connection.execute("UPDATE slots SET end_at = end_at + interval '1 hour'")
        login = connection.info.user
    of_appointment = last_entry(make, "appointment_audit")
    of_slot = last_entry(make, "slot_audit")
    for entry, version in ((of_appointment, 2), (of_slot, 4)):
        assert entry["version"] == version
        assert (entry["actor_type"], entry["actor_id"]) == ("system", None)
        assert entry["actor_name"] == f"database role {login}"
    assert of_appointment["changes"] == {"notes": {"from": None, "to": "By hand"}}
    assert of_slot["changes"].keys() == {"end"}


def test_each_row_of_a_statement_is_recorded(make: Make) -> None:
    slots = make.slots(make.place(), 5)
    make.db.execute("UPDATE slots SET status = 'blocked'")
    entries = make.all("SELECT slot_id FROM slot_audit WHERE action = 'blocked'")
    assert sorted(entry["slot_id"] for entry in entries) == sorted(slots)


def test_a_change_that_is_rolled_back_leaves_nothing(make: Make) -> None:
    slot_id = make.slot(make.place())
    events = len(make.all("SELECT FROM outbox"))
    with make.db.transaction():
        make.db.execute("UPDATE slots SET status = 'blocked'")
        raise psycopg.Rollback
    assert [row["version"] for row in make.all("SELECT version FROM slot_audit")] == [1]
    assert len(make.all("SELECT FROM outbox")) == events
    assert make.one("SELECT version FROM slots WHERE id = %s", slot_id)["version"] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET status = status",
        "UPDATE {} SET version = 99",
        "UPDATE {} SET audit_hash = NULL",
        "UPDATE {} SET updated_at = 'epoch'",
        "UPDATE {} SET created_at = 'epoch'",
        "UPDATE {} SET id = gen_random_uuid()",
    ],
)
@pytest.mark.parametrize("table", RECORDED_TABLES)
def test_what_changes_nothing_changes_nothing(
    lasting: tuple[TestDatabase, Make], table: str, statement: str
) -> None:
    _, make = lasting
    before = contents(make)
    run(make.db, statement.replace("{}", table))
    assert contents(make) == before


async def test_version_and_hash_are_not_the_writers_to_set(api: Api, make: Make) -> None:
    appointment, client = await one_of_each(api, make)
    make.db.execute(
        "UPDATE appointments SET notes = 'x', version = 99, audit_hash = NULL, updated_at = 'epoch'"
    )
    make.db.execute(
        "UPDATE slots SET end_at = end_at + interval '1 hour', version = 1, audit_hash = NULL"
    )
    read = (await api.get(f"/appointments/{appointment['id']}", client)).json()
    assert read["version"] == 2
    assert read["updatedAt"] > appointment["updatedAt"]
    assert flaws(read["audit"]) == []
    slot = make.one("SELECT version, audit_hash FROM slots")
    newest = last_entry(make, "slot_audit")
    assert (slot["version"], slot["audit_hash"]) == (4, newest["hash"])


def test_history_keeps_its_order_when_the_clock_does_not(make: Make) -> None:
    """The time of a change is later than that of the one before, whatever the clock says."""
    slot_id = make.slot(make.place())
    make.db.execute("ALTER TABLE slots DISABLE TRIGGER slots_record")
    make.db.execute("UPDATE slots SET updated_at = now() + interval '1 hour'")
    make.db.execute("ALTER TABLE slots ENABLE ALWAYS TRIGGER slots_record")
    ahead = make.one("SELECT updated_at FROM slots WHERE id = %s", slot_id)["updated_at"]
    make.db.execute("UPDATE slots SET status = 'blocked'")
    make.db.execute("UPDATE slots SET status = 'available'")
    times = [row["at"] for row in make.all("SELECT at FROM slot_audit ORDER BY version")]
    assert ahead < times[1] < times[2]


async def test_each_change_is_one_entry_and_one_event(api: Api, make: Make) -> None:
    appointment, _ = await one_of_each(api, make)
    make.db.execute("UPDATE appointments SET notes = 'x'")
    versions = make.all("SELECT version FROM slot_audit ORDER BY version")
    events = make.all("SELECT payload FROM outbox WHERE topic = 'availability' ORDER BY id")
    assert len(events) == len(versions) == 3
    assert {event["payload"]["timeslotId"] for event in events} == {appointment["slotId"]}
    assert [event["payload"]["status"] for event in events] == ["available", "held", "booked"]
    events = make.all("SELECT payload FROM outbox WHERE topic = 'bookings' ORDER BY id")
    assert [event["payload"]["version"] for event in events] == [1, 2]
    updates = events[1]["payload"]["updates"]
    assert updates["notes"] == "x"
    assert updates.keys() <= {"notes", "version", "updatedAt"}


# Who did it.


async def test_the_actor_is_named(api: Api, make: Make) -> None:
    place, client = make.place(), make.client("Zoë Müller")
    provider = make.operator(place.provider_id)
    desk, admin = make.operator(), make.admin()
    bookers = [(client, "user"), (provider, "provider"), (desk, "operator"), (admin, "admin")]
    for number, (booker, actor_type) in enumerate(bookers):
        start = soon(number)
        slot_id = make.slot(place, start)
        made = await api.book_at(booker, place, start, userId=str(client.id))
        assert made.status_code == 201, made.text
        audit = (await api.get(f"/appointments/{made.json()['id']}", admin)).json()["audit"]
        named = {"id": str(booker.id), "type": actor_type, "name": booker.name}
        assert [entry["actor"] for entry in audit] == [named]
        history = await api.get(f"{SLOTS}/{slot_id}/audit", admin)
        assert [entry["actor"]["type"] for entry in history.json()["items"]] == [
            "system",
            actor_type,
        ]
        assert history.json()["items"][-1]["actor"] == named


async def test_the_name_is_the_one_of_that_time(api: Api, make: Make) -> None:
    appointment, client = await one_of_each(api, make)
    make.db.execute("UPDATE users SET name = 'Another' WHERE id = %s", [client.id])
    read = await api.get(f"/appointments/{appointment['id']}", make.admin())
    assert read.json()["audit"][0]["actor"]["name"] == client.name


async def test_a_reason_is_kept_with_its_change_alone(api: Api, make: Make) -> None:
    """Staff block a slot whose hold has run out: the expiry is the system's, without a reason."""
    place, client, desk = make.place(), make.client(), make.operator()
    slot_id = make.slot(place)
    assert (await api.reserve(client, place, slot_id)).status_code == 201
    make.expire(slot_id)
    version = make.one("SELECT version FROM slots")["version"]
    body = {"status": "blocked", "reason": "Holiday", "version": version}
    assert (await api.patch(f"{SLOTS}/{slot_id}", desk, json=body)).status_code == 200
    history = (await api.get(f"{SLOTS}/{slot_id}/audit", desk)).json()["items"]
    told = [(entry["action"], entry["actor"]["type"], entry["reason"]) for entry in history[-2:]]
    assert told == [("expired", "system", None), ("blocked", "operator", "Holiday")]


async def test_an_actor_does_not_stay_with_the_connection(
    make: Make, database: TestDatabase
) -> None:
    """Pooled connections are used for many: who acted last is forgotten at the commit."""
    slot_id = make.slot(make.place())
    actor = Actor(make.client().id, "client", "Somebody").as_parameter()
    with Connection.connect(database.owner_url, autocommit=True) as connection:
        with connection.transaction():
            connection.execute("SELECT act_as(%s, 'because')", [actor])
            connection.execute("UPDATE slots SET status = 'blocked' WHERE id = %s", [slot_id])
        connection.execute("UPDATE slots SET status = 'available' WHERE id = %s", [slot_id])
    rows = make.all("SELECT actor_type, reason FROM slot_audit ORDER BY version")
    assert [(row["actor_type"], row["reason"]) for row in rows] == [
        ("system", None),
        ("user", "because"),
        ("system", None),
    ]


# The chain.


async def chains(api: Api, make: Make) -> list[list[dict[str, Any]]]:
    """The audit of an appointment and of its slot, as JSON of the API."""
    place, client, desk = make.place(), make.client(ODD_NOTES.split(",")[4]), make.operator()
    slot_id = make.slot(place)
    reserved = await api.reserve(client, place, slot_id)
    made = await api.book(client, reserved.json()["reservationToken"], notes=ODD_NOTES)
    assert made.status_code == 201, made.text
    make.db.execute("UPDATE appointments SET notes = notes || chr(1) || chr(31) || chr(127)")
    make.db.execute("UPDATE appointments SET priority = 'urgent'")
    appointment_id = made.json()["id"]
    whole = (await api.get(f"/appointments/{appointment_id}", client)).json()["audit"]
    listed = (await api.get(f"/appointments/{appointment_id}/audit", client)).json()["items"]
    assert listed == whole
    history = (await api.get(f"{SLOTS}/{slot_id}/audit", desk)).json()["items"]
    return [whole, history]


async def test_a_chain_is_verified_from_its_json_alone(api: Api, make: Make) -> None:
    of_appointment, of_slot = await chains(api, make)
    assert [entry["action"] for entry in of_appointment] == ["created", "updated", "updated"]
    assert of_appointment[0]["changes"]["notes"] == {"from": None, "to": ODD_NOTES}
    assert [entry["action"] for entry in of_slot] == ["published", "held", "booked"]
    heads = make.one(
        "SELECT encode(a.audit_hash, 'hex') AS appointment, encode(s.audit_hash, 'hex') AS slot "
        "FROM appointments AS a JOIN slots AS s ON s.id = a.slot_id"
    )
    for chain, head in ((of_appointment, heads["appointment"]), (of_slot, heads["slot"])):
        assert flaws(chain) == []
        assert chain[-1]["hash"] == head


async def test_no_alteration_of_a_chain_goes_unseen(api: Api, make: Make) -> None:
    for chain in await chains(api, make):
        assert flaws(chain[1:]) and flaws([chain[1], chain[0], *chain[2:]])
        assert flaws([chain[0], *chain[2:]])
        for number, entry in enumerate(chain):
            for name, value in entry.items():
                altered = copy.deepcopy(chain)
                altered[number][name] = "other" if value != "other" else "another"
                assert flaws(altered), f"{name} of entry {number}"
            altered = copy.deepcopy(chain)
            altered[number]["actor"]["name"] += " "
            assert flaws(altered)


async def test_the_chain_goes_through_every_way_of_writing(api: Api, make: Make) -> None:
    """Pages of a long history, read one after the other, are one chain."""
    appointment, client = await one_of_each(api, make)
    for number in range(25):
        make.db.execute("UPDATE appointments SET notes = %s", [f"Note {number}"])
    path = f"/appointments/{appointment['id']}/audit"
    entries: list[dict[str, Any]] = []
    cursor = None
    while True:
        params = {"limit": 10} | ({"cursor": cursor} if cursor else {})
        page = (await api.get(path, client, params=params)).json()
        entries += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert len(entries) == 26
    assert flaws(entries) == []
