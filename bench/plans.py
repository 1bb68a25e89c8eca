"""What one connection asks for, one operation after another."""

import random
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

import orjson

from bench.load import Answer, Plan, Request, request
from bench.world import Client, World


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
    for client, token in zip(clients, tokens, strict=True):
        body = f'{{"reservationToken":"{token}"}}'
        answer = yield Request(_write("POST", "/appointments", client, body))
        appointments.append(_field(answer, "id"))


def reschedule(
    clients: Sequence[Client], appointments: Sequence[str], tokens: Sequence[str]
) -> Plan:
    """Each client moves its appointment to the slot of its new reservation."""
    for client, appointment, token in zip(clients, appointments, tokens, strict=True):
        body = f'{{"reservationToken":"{token}"}}'
        path = f"/appointments/{appointment}/reschedule"
        yield Request(_write("POST", path, client, body))


def cancel(clients: Sequence[Client], appointments: Sequence[str]) -> Plan:
    """Each client cancels its appointment."""
    for client, appointment in zip(clients, appointments, strict=True):
        yield Request(_write("POST", f"/appointments/{appointment}/cancel", client, "{}"))


def read(requests: Iterator[bytes]) -> Plan:
    for data in requests:
        yield Request(data)


def read_again(requests: Iterator[bytes]) -> Plan:
    """Each read is made twice; the second time the client has the answer already."""
    for data in requests:
        answer = yield Request(data, False)
        tag = answer.head.partition(b"\r\netag: ")[2].partition(b"\r\n")[0]
        again = data.replace(b"\r\n\r\n", b"\r\nIf-None-Match: " + tag + b"\r\n\r\n")
        for _ in range(20):
            yield Request(again)


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
