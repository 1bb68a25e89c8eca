"""Staff's own discussion of an appointment (SPEC 4.5)."""

from tests.support.api import Api, problem
from tests.support.appointments import read_all
from tests.support.make import Make


async def test_staff_discuss_and_nobody_else_knows(api: Api, make: Make) -> None:
    place, client, other = make.place(), make.client(), make.client()
    desk, provider, admin = make.operator(), make.operator(place.provider_id), make.admin()
    elsewhere = make.operator(make.place().provider_id)
    appointment = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{appointment['id']}/comments"
    body = {"body": "Bring the x-ray.\nSecond line"}
    for user, status, scenario in (
        (client, 403, "forbidden"),
        (other, 404, "not_found"),
        (elsewhere, 404, "not_found"),
    ):
        problem(await api.get(path, user), status, scenario)
        problem(await api.post(path, user, json=body), status, scenario)
        problem(await api.post(path, user, json=body, key="new"), status, scenario)
    problem(await api.get(path), 401, "unauthenticated")

    assert await read_all(api, path, desk) == []
    said = []
    for user in (desk, provider, admin):
        answer = await api.post(path, user, json=body)
        assert answer.status_code == 201, answer.text
        comment = answer.json()
        assert comment.keys() == {"id", "appointmentId", "author", "body", "createdAt"}
        assert comment["appointmentId"] == appointment["id"]
        assert comment["author"] == {"id": str(user.id), "name": user.name}
        assert comment["body"] == body["body"]
        said.append(comment)
    for user in (desk, provider, admin):
        assert await read_all(api, path, user, limit=1) == said
    unknown = "/appointments/018f0000-0000-7000-8000-000000000000/comments"
    problem(await api.get(unknown, admin), 404, "not_found")
    # It is no change of the appointment.
    assert (await api.get(f"/appointments/{appointment['id']}", desk)).json()["version"] == 1


async def test_what_can_be_said(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{appointment['id']}/comments"
    for body in ("", "   ", "x" * 4001, "a\x00b", None, 5):
        problem(await api.post(path, staff, json={"body": body}), 422, "validation_failed")
    problem(await api.post(path, staff, json={}), 422, "validation_failed")
    problem(await api.post(path, staff, json={"body": "x", "to": "y"}), 422, "validation_failed")
    for body in ("x", "y" * 4000, "<script>alert('1')</script> 日本語 🎉 \\ % ' \""):
        answer = await api.post(path, staff, json={"body": body})
        assert answer.status_code == 201
        assert answer.json()["body"] == body


async def test_a_repeated_comment_is_said_once(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{appointment['id']}/comments"
    first = await api.post(path, staff, json={"body": "once"}, key="the-same")
    again = await api.post(path, staff, json={"body": "once"}, key="the-same")
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = await api.post(path, staff, json={"body": "twice"}, key="the-same")
    problem(other, 422, "idempotency_key_reused")
    assert len(await read_all(api, path, staff)) == 1


async def test_pages_stand_still_while_others_go_on_talking(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = await api.booked(client, place, make.slot(place))
    path = f"/appointments/{appointment['id']}/comments"
    said = []

    async def say(number: int) -> None:
        said.append((await api.post(path, staff, json={"body": f"{number}"})).json())

    for number in range(7):
        await say(number)
    heard = await read_all(api, path, staff, limit=3, between=say)
    assert heard == said
    assert len(heard) > 7
