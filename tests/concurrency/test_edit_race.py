"""Many editors of one appointment: nobody's change is lost (SPEC §3: I8)."""

import asyncio
from collections import Counter

import pytest

from tests.support.api import Api, problem
from tests.support.make import Make, User, soon
from tests.support.rounds import rounds

USERS = 20
EDITS = rounds(5)


@pytest.mark.race
@pytest.mark.timeout(900)
async def test_20_users_edit_one_appointment_many_times_each(api: Api, make: Make) -> None:
    place = make.place()
    appointment = await api.booked(make.client(), place, make.slot(place, soon(days=2)))
    path = f"/appointments/{appointment['id']}"
    answers: Counter[int] = Counter()

    async def edit_often(user: User, first: int) -> None:
        read = await api.get(path, user)
        current, tag = read.json(), read.headers["etag"]
        for number in range(first, first + EDITS):
            while True:
                answer = await api.patch(
                    path,
                    user,
                    headers={"If-Match": tag},
                    json={"notes": f"{current['notes'] or ''}{number},"},
                )
                answers[answer.status_code] += 1
                if answer.status_code == 200:
                    current, tag = answer.json(), answer.headers["etag"]
                    break
                # What a refusal says of the current version is enough to try again.
                stale = problem(answer, 412, "precondition_failed")
                assert stale["currentVersion"] > current["version"]
                current, tag = stale["currentData"], f'"{stale["currentVersion"]}"'

    staff = [make.operator() for _ in range(USERS)]
    await asyncio.gather(
        *(edit_often(user, 1000 + index * EDITS) for index, user in enumerate(staff))
    )
    final = (await api.get(path, staff[0])).json()
    assert answers[200] == USERS * EDITS
    assert answers[412] > 0, "they never met: the test showed nothing"
    assert final["version"] == 1 + answers[200]
    written = sorted(int(number) for number in final["notes"].strip(",").split(","))
    assert written == list(range(1000, 1000 + USERS * EDITS))
