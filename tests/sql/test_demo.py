"""The demo data (SPEC §9): the same every time, always to come, and never in anybody's way."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from holdfast.demo import ACCOUNTS, PASSWORD, load_demo, operations
from holdfast.demo.visits import PAST_VISITS, VISITS
from holdfast.verify import assert_clean
from tests.support.api import Api
from tests.support.cluster import Cluster, TestDatabase
from tests.support.make import Make


def everything(make: Make) -> dict[str, list[dict[str, Any]]]:
    """What is in the demo, without ids and times that differ from run to run."""
    return {
        "users": make.all(
            "SELECT id, email, role, name, phone, provider_id FROM users ORDER BY id"
        ),
        "facilities": make.all("SELECT facility_document(f)::jsonb FROM facilities f ORDER BY id"),
        "services": make.all("SELECT service_document(s)::jsonb FROM services s ORDER BY id"),
        "providers": make.all("SELECT provider_document(p)::jsonb FROM providers p ORDER BY id"),
        "schedules": make.all(
            "SELECT provider_id, schedule_document(s)::jsonb FROM schedules AS s ORDER BY 1"
        ),
        "slots": make.all(
            "SELECT provider_id, facility_id, service_id, start_at, end_at FROM slots "
            # Those of today pass while the tests run.
            "WHERE start_at > now() + interval '1 day' ORDER BY provider_id, start_at"
        ),
        "appointments": make.all(
            "SELECT id, user_id, provider_id, facility_id, service_id, start_at, end_at, status, "
            "priority, fee_cents, notes, version FROM appointments ORDER BY id"
        ),
    }


def versions(make: Make) -> list[dict[str, Any]]:
    """Every row with its version: what no second run may change."""
    return make.all(
        "SELECT id, version FROM slots UNION ALL SELECT id, version FROM appointments "
        "UNION ALL SELECT id, version FROM users UNION ALL SELECT id, version FROM facilities "
        "UNION ALL SELECT id, version FROM services UNION ALL SELECT id, version FROM providers "
        "UNION ALL SELECT provider_id, version FROM schedules ORDER BY 1"
    )


def test_what_it_has(database: TestDatabase, make: Make) -> None:
    summary = load_demo(database.server_url)
    assert (summary.facilities, summary.providers, summary.services) == (3, 8, 6)
    rows = make.one(
        "SELECT (SELECT count(*) FROM facilities) AS facilities, "
        "(SELECT count(*) FROM providers) AS providers, "
        "(SELECT count(*) FROM services) AS services, "
        "(SELECT count(*) FROM schedules) AS schedules"
    )
    assert rows == {"facilities": 3, "providers": 8, "services": 6, "schedules": 8}
    assert make.one("SELECT count(DISTINCT timezone) FROM facilities")["count"] == 3
    assert summary.slots_added > 1000
    assert summary.appointments_added == len(VISITS) + len(PAST_VISITS)
    assert_clean(database.server_url)


def test_everything_is_to_come(database: TestDatabase, make: Make) -> None:
    load_demo(database.server_url)
    assert (
        make.all(
            "SELECT id FROM slots WHERE status = 'available' AND deleted_at IS NULL "
            "AND start_at < now()"
        )
        == []
    )
    assert (
        make.all(
            "SELECT id FROM appointments WHERE status IN ('requested', 'confirmed') "
            "AND start_at < now()"
        )
        == []
    )
    # Published to the thirtieth day, by everybody who works then.
    last = make.one("SELECT max(start_at) - now() AS ahead FROM slots")["ahead"]
    assert timedelta(days=28) < last < timedelta(days=31)
    of_each = make.all("SELECT count(*) FROM slots WHERE start_at > now() GROUP BY provider_id")
    assert min(row["count"] for row in of_each) > 50


def test_there_is_something_of_everything(database: TestDatabase, make: Make) -> None:
    load_demo(database.server_url)
    statuses = {row["status"] for row in make.all("SELECT DISTINCT status FROM appointments")}
    assert statuses == {"requested", "confirmed", "cancelled", "completed", "no_show"}
    waiting = make.all("SELECT DISTINCT priority FROM appointments WHERE status = 'requested'")
    assert {row["priority"] for row in waiting} == {"normal", "vip", "urgent"}
    actions = make.all("SELECT DISTINCT action FROM appointment_audit")
    assert {row["action"] for row in actions} >= {
        "created",
        "accepted",
        "rescheduled",
        "cancelled",
        "attendance_confirmed",
        "completed",
        "no_show",
    }
    actors = make.all("SELECT DISTINCT actor_type, actor_name FROM appointment_audit")
    assert {row["actor_type"] for row in actors} == {"user", "operator"}
    # The client's next one can be cancelled only for a fee by now, the one after that for nothing.
    fees = make.all(
        "SELECT refundable_until(a) < now() AS is_late, late_fee(a) FROM appointments AS a "
        "JOIN users AS u ON u.id = a.user_id WHERE u.email = 'client@demo.test' "
        "AND a.status = 'confirmed' ORDER BY a.start_at"
    )
    assert (fees[0]["is_late"], fees[0]["late_fee"]) == (True, 8000)
    assert not fees[1]["is_late"]


def test_it_is_the_same_every_time(cluster: Cluster) -> None:
    seen = []
    for _ in range(2):
        with cluster.database() as database:
            load_demo(database.server_url)
            make = Make(database.owner_url)
            seen.append(everything(make))
            make.close()
    assert seen[0] == seen[1]


def test_a_second_run_changes_nothing(database: TestDatabase, make: Make) -> None:
    load_demo(database.server_url)
    before = versions(make)
    summary = load_demo(database.server_url)
    assert (summary.slots_added, summary.appointments_added) == (0, 0)
    assert versions(make) == before


def test_two_servers_may_start_at_once(database: TestDatabase, make: Make) -> None:
    with ThreadPoolExecutor(3) as threads:
        summaries = list(threads.map(load_demo, [database.server_url] * 3))
    made = sum(summary.appointments_added for summary in summaries)
    assert (
        made
        == make.one("SELECT count(*) FROM appointments")["count"]
        == len(VISITS) + len(PAST_VISITS)
    )
    assert_clean(database.server_url)


async def test_the_password_opens_every_account(api: Api, database: TestDatabase) -> None:
    await asyncio.to_thread(load_demo, database.server_url)
    roles = {}
    for email in ACCOUNTS:
        body = {"email": email, "password": PASSWORD}
        answer = await api.post("/auth/signin", json=body)
        assert answer.status_code == 200, answer.text
        roles[email.partition("@")[0]] = answer.json()["user"]["role"]
    assert roles == {
        "admin": "admin",
        "operator": "operator",
        "provider": "operator",
        "client": "client",
        "client2": "client",
    }
    others = {"email": "nina.vogel@demo.test", "password": PASSWORD}
    assert (await api.post("/auth/signin", json=others)).status_code == 401


def test_what_users_did_stays(database: TestDatabase, make: Make) -> None:
    load_demo(database.server_url)
    email = "client@demo.test"
    mine = "SELECT a.* FROM appointments AS a JOIN users AS u ON u.id = a.user_id WHERE u.email = "
    appointment = make.one(mine + "%s AND a.status = 'confirmed' ORDER BY start_at", email)
    make.db.execute(
        "SELECT (cancel_appointment(jsonb_build_object('id', user_id, 'role', 'client', 'type', "
        "'user', 'name', 'Clara'), id, '{}', NULL, NULL, false)).outcome FROM appointments "
        "WHERE id = %s",
        [appointment["id"]],
    )
    make.db.execute("UPDATE slots SET deleted_at = now() WHERE status = 'available'")
    make.db.execute(
        "UPDATE users SET email = 'new@demo.test', name = 'New' WHERE email = %s", [email]
    )
    make.db.execute("UPDATE providers SET name = 'Other'")
    make.db.execute("UPDATE schedules SET weekly = '[]', slot_minutes = 60")
    before = versions(make)
    summary = load_demo(database.server_url)
    assert (summary.slots_added, summary.appointments_added) == (0, 0)
    assert versions(make) == before
    assert_clean(database.server_url)


def test_it_goes_on_when_the_demo_has_been_taken_apart(database: TestDatabase, make: Make) -> None:
    load_demo(database.server_url)
    make.db.execute("DELETE FROM provider_services")
    make.db.execute("UPDATE facilities SET deleted_at = now()")
    make.db.execute("UPDATE providers SET deleted_at = now() WHERE name LIKE 'Dr.%'")
    make.db.execute("UPDATE users SET is_active = false")
    assert load_demo(database.server_url).appointments_added == 0


def test_days_go_by(database: TestDatabase, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once all has passed, there is as much to come again."""
    first = load_demo(database.server_url)
    with make.db.transaction():
        make.db.execute(
            "UPDATE slots SET start_at = start_at - interval '100 days', "
            "end_at = end_at - interval '100 days'"
        )
        make.db.execute(
            "UPDATE appointments SET start_at = start_at - interval '100 days', "
            "end_at = end_at - interval '100 days' WHERE status <> 'cancelled'"
        )
    tomorrow = operations.utc_today() + timedelta(days=1)
    monkeypatch.setattr(operations, "utc_today", lambda: tomorrow)
    second = load_demo(database.server_url)
    assert abs(second.slots_added - first.slots_added) < 50
    still_to_come = [visit for visit in VISITS if visit.kind == "cancelled"]
    assert second.appointments_added == len(VISITS) - len(still_to_come)
    third = load_demo(database.server_url)
    assert (third.slots_added, third.appointments_added) == (0, 0)
    assert_clean(database.server_url)
