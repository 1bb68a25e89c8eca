"""What one connection asks for, one operation after another.

Where a plan goes on with what an earlier one made, it does as many: that one may have been cut
short by the clock.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import cycle, repeat
from uuid import UUID, uuid4

import orjson

from bench.load import Answer, Plan, Request, request
from bench.world import Client, World

SLOTS_OF_A_DAY = 10


def warm(clients: Sequence[Client]) -> Plan:
    """One request of each client, after which this process remembers who it is."""
    for client in clients:
        yield Request(request("GET", "/auth/me", token=client.token), False)


def reserve_body(world: World, slot: tuple[int, UUID]) -> str:
    provider, slot_id = slot
    return (
        f'{{"providerId":"{world.provider(provider)}","serviceId":"{world.service}",'
        f'"timeslotId":"{slot_id}"}}'
    )


def reserve(
    world: World,
    pairs: Sequence[tuple[Client, tuple[int, UUID]]],
    tokens: list[str] | None = None,
    *,
    is_measured: bool = True,
) -> Plan:
    """Each client reserves its slot.

    Args:
        tokens: gets the reservations' tokens, in order; a refused one is empty.
    """
    for client, slot in pairs:
        data = request("POST", "/reservations", token=client.token, body=reserve_body(world, slot))
        answer = yield Request(data, is_measured)
        if tokens is not None:
            tokens.append(_field(answer, "reservationToken"))


def book(clients: Sequence[Client], tokens: Sequence[str], appointments: list[str]) -> Plan:
    """Each client books what it has reserved; `appointments` gets the ids."""
    for client, token in zip(clients, tokens, strict=False):
        body = f'{{"reservationToken":"{token}"}}'
        answer = yield Request(_write("POST", "/appointments", client, body))
        appointments.append(_field(answer, "id"))


def reschedule(
    clients: Sequence[Client], appointments: Sequence[str], tokens: Sequence[str]
) -> Plan:
    """Each client moves its appointment to the slot of its new reservation."""
    for client, appointment, token in zip(clients, appointments, tokens, strict=False):
        body = f'{{"reservationToken":"{token}"}}'
        path = f"/appointments/{appointment}/reschedule"
        yield Request(_write("POST", path, client, body))


def cancel(clients: Sequence[Client], appointments: Sequence[str]) -> Plan:
    """Each client cancels its appointment."""
    for client, appointment in zip(clients, appointments, strict=False):
        yield Request(_write("POST", f"/appointments/{appointment}/cancel", client, "{}"))


def read(requests: Iterator[bytes]) -> Plan:
    for data in requests:
        yield Request(data)


def read_again(requests: Iterator[bytes], *, times: int | None) -> Plan:
    """Each read is made once, and then so many times (None: for ever) by a client that has the
    answer already."""
    for data in requests:
        answer = yield Request(data, False)
        tag = answer.head.partition(b"\r\netag: ")[2].partition(b"\r\n")[0]
        again = data.replace(b"\r\n\r\n", b"\r\nIf-None-Match: " + tag + b"\r\n\r\n")
        again_and_again = Request(again)
        for _ in repeat(None) if times is None else repeat(None, times):
            yield again_and_again


def contend(
    world: World, client: Client, slot: tuple[int, UUID], held: list[tuple[str, str]]
) -> Plan:
    """Reserve the slot that everybody wants, or give back what somebody holds, by chance.

    Args:
        held: the access token and the reservation's of whoever holds it, shared by all.
    """
    data = request("POST", "/reservations", token=client.token, body=reserve_body(world, slot))
    while True:
        if held and random.random() < 0.5:
            token, reservation = held.pop()
            path = f"/reservations/{reservation}"
            yield Request(request("DELETE", path, token=token), False)
        else:
            answer = yield Request(data)
            if answer.status == 201:
                held.append((client.token, _field(answer, "reservationToken")))


def _write(method: str, path: str, client: Client, body: str) -> bytes:
    key = f"Idempotency-Key: {uuid4()}"
    return request(method, path, token=client.token, body=body, headers=[key])


def _field(answer: Answer, name: str) -> str:
    return orjson.loads(answer.body).get(name, "") if answer.status < 300 else ""


def day_of_work(world: World, clients: Sequence[Client], number: int) -> Plan:
    """What clients do all day, for ever, each in turn: look at times, reserve, book, look at it,
    cancel. So the slots never run out, however fast the machine is."""
    slots = world.next_slots(SLOTS_OF_A_DAY)
    for turn, (client, slot) in enumerate(zip(cycle(clients), cycle(slots), strict=False)):
        path = (
            f"/providers/{world.provider((number * 7919 + turn) % world.providers)}/availability"
            f"?serviceId={world.service}&date={world.day(number + turn)}"
        )
        yield Request(request("GET", path, token=client.token), name="availability")
        body = reserve_body(world, slot)
        answer = yield Request(
            request("POST", "/reservations", token=client.token, body=body), name="reserve"
        )
        body = f'{{"reservationToken":"{_field(answer, "reservationToken")}"}}'
        answer = yield Request(_write("POST", "/appointments", client, body), name="book")
        path = f"/appointments/{_field(answer, 'id')}"
        yield Request(request("GET", path, token=client.token), name="appointment")
        yield Request(_write("POST", f"{path}/cancel", client, "{}"), name="cancel")
