"""Violations of I1 to I5 and I9, to be planted in a `World`."""

from dataclasses import dataclass

NEW_SLOT = """
    INSERT INTO slots (id, provider_id, facility_id, start_at, end_at)
    SELECT %(new)s, provider_id, facility_id, start_at + interval '15 min', end_at
    FROM slots WHERE id = %(booked)s;
"""
NEW_APPOINTMENT = """
    INSERT INTO appointments (id, user_id, provider_id, facility_id, service_id, slot_id,
        start_at, end_at, status, price_cents, currency, free_until_hours, no_show_fee_cents)
    SELECT %(new_too)s, a.user_id, a.provider_id, a.facility_id, a.service_id, s.id,
        s.start_at + interval '5 min', s.start_at + interval '15 min', 'confirmed', 0, 'EUR', 0, 0
    FROM appointments AS a, slots AS s
    WHERE a.id = %(confirmed)s AND s.id = """
FREE_BOOKED_SLOT = """
    UPDATE slots SET status = 'available', appointment_id = NULL WHERE id = %(booked)s;
"""


@dataclass(frozen=True)
class Plant:
    """A violation to plant.

    Attributes:
        sql: what plants it.
        found: the violations to expect: check and id, by its name in the world.
        without: constraints that have to go first; that they are gone is found, too.
        past_history: whether it is planted past the triggers that record changes.
        has_deliveries: whether the world has told somebody of its events.
    """

    sql: str
    found: tuple[str, ...]
    without: tuple[str, ...] = ()
    past_history: bool = False
    has_deliveries: bool = False


STATE_PLANTS = {
    # I1
    "overlapping slots": Plant(
        NEW_SLOT, ("slot_overlaps new",), without=("slots.slots_overlap_excl",)
    ),
    "overlapping appointments in slots of their own": Plant(
        NEW_SLOT
        + NEW_APPOINTMENT
        + "%(new)s; UPDATE slots SET status = 'booked', appointment_id = %(new_too)s "
        "WHERE id = %(new)s",
        ("slot_overlaps new", "appointment_overlaps new_too"),
        without=("slots.slots_overlap_excl", "appointments.appointments_overlap_excl"),
    ),
    "two appointments of a slot": Plant(
        NEW_APPOINTMENT + "%(booked)s",
        ("appointment_overlaps new_too", "slot_holders booked", "appointment_slots new_too"),
        without=("appointments.appointments_overlap_excl", "appointments.appointments_slot_key"),
    ),
    "two reservations of a slot": Plant(
        "INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, created_by, "
        "ttl_seconds, expires_at, price_cents, currency, duration_minutes, free_until_hours, "
        "no_show_fee_cents) SELECT %(new)s, slot_id, provider_id, service_id, user_id, "
        "created_by, ttl_seconds, expires_at, price_cents, currency, duration_minutes, "
        "free_until_hours, no_show_fee_cents FROM reservations WHERE id = %(live)s",
        ("slot_holders held", "reservation_states new"),
        without=("reservations.reservations_slot_key",),
    ),
    # I3
    "two records of a key": Plant(
        "INSERT INTO idempotency_records SELECT user_id, key, fingerprint, 200, headers, body, "
        "created_at, expires_at FROM idempotency_records",
        ("recorded_answers user one", "recorded_answers user one"),
        without=("idempotency_records.idempotency_records_pkey",),
    ),
    "two keys that made one appointment": Plant(
        "INSERT INTO idempotency_records SELECT user_id, 'two', fingerprint, status, headers, "
        "body, created_at, expires_at FROM idempotency_records",
        ("recorded_answers user one", "recorded_answers user two"),
    ),
    "an answer without its effect": Plant(
        "UPDATE idempotency_records SET body = convert_to(jsonb_set(convert_from(body, 'UTF8')"
        "::jsonb, '{id}', to_jsonb(%(nobody)s::text))::text, 'UTF8')",
        ("recorded_answers user one",),
    ),
    # I4
    "a slot without duration": Plant(
        "UPDATE slots SET start_at = end_at WHERE id = %(foreign)s",
        ("slot_states foreign",),
        without=("slots.slots_period_check",),
    ),
    "a free slot with an expiry": Plant(
        "UPDATE slots SET held_until = now() WHERE id = %(free)s",
        ("slot_states free",),
        without=("slots.slots_held_check",),
    ),
    "a booked slot that is deleted": Plant(
        "UPDATE slots SET deleted_at = now() WHERE id = %(booked)s",
        ("slot_states booked",),
        without=("slots.slots_deleted_check",),
    ),
    "a slot that a calendar blocks and that is open": Plant(
        "INSERT INTO busy_blocks SELECT id, provider_id, version FROM slots WHERE id = %(free)s",
        ("busy_slots free",),
    ),
    "a slot that a calendar blocks for nothing": Plant(
        "UPDATE slots SET status = 'blocked' WHERE id = %(free)s; "
        "INSERT INTO busy_blocks SELECT id, provider_id, version FROM slots WHERE id = %(free)s",
        ("busy_slots free",),
    ),
    "a withdrawn slot that is still offered": Plant(
        "UPDATE slots SET origin = 'withdrawn' WHERE id = %(free)s",
        ("slot_states free",),
        without=("slots.slots_origin_check",),
    ),
    "surplus that nobody has": Plant(
        "UPDATE slots SET origin = 'surplus' WHERE id = %(free)s",
        ("slot_states free",),
        without=("slots.slots_origin_check",),
    ),
    "a slot booked for nobody": Plant(
        "UPDATE slots SET status = 'booked', appointment_id = %(nobody)s WHERE id = %(free)s",
        ("slot_bookings free",),
        without=("slots.slots_appointment_fkey",),
    ),
    "a slot booked for a cancelled appointment": Plant(
        "UPDATE slots SET status = 'booked', appointment_id = %(cancelled)s WHERE id = %(free)s",
        ("slot_bookings free",),
    ),
    "a slot booked for a deleted appointment": Plant(
        "UPDATE appointments SET deleted_at = now() WHERE id = %(confirmed)s",
        ("slot_bookings booked",),
    ),
    "a slot booked for another slot's appointment": Plant(
        "UPDATE slots SET status = 'booked', appointment_id = %(confirmed)s WHERE id = %(free)s",
        ("slot_bookings free",),
    ),
    "an appointment outside its slot": Plant(
        "UPDATE appointments SET start_at = %(early)s, end_at = %(early)s + interval '30 min' "
        "WHERE id = %(confirmed)s",
        ("slot_bookings booked",),
    ),
    "an appointment of another provider than its slot": Plant(
        "UPDATE appointments SET provider_id = %(other_provider)s WHERE id = %(confirmed)s",
        ("slot_bookings booked",),
        without=("appointments.appointments_slot_fkey",),
    ),
    "a live appointment whose slot is free": Plant(
        FREE_BOOKED_SLOT, ("appointment_slots confirmed",)
    ),
    "a live appointment without a slot": Plant(
        FREE_BOOKED_SLOT + "UPDATE appointments SET slot_id = NULL WHERE id = %(confirmed)s",
        ("appointment_slots confirmed",),
        without=("appointments.appointments_slot_check",),
    ),
    "a live appointment in a slot that does not exist": Plant(
        FREE_BOOKED_SLOT + "UPDATE appointments SET slot_id = %(nobody)s WHERE id = %(confirmed)s",
        ("appointment_slots confirmed",),
        without=("appointments.appointments_slot_fkey",),
    ),
    "a cancelled appointment that names a slot": Plant(
        "UPDATE appointments SET slot_id = %(free)s WHERE id = %(cancelled)s",
        ("appointment_slots cancelled",),
        without=("appointments.appointments_slot_check",),
    ),
    "a request that names a slot": Plant(
        "UPDATE appointments SET slot_id = %(free)s WHERE id = %(requested)s",
        ("appointment_slots requested",),
        without=("appointments.appointments_slot_check",),
    ),
    # I5
    "a slot held by a released reservation": Plant(
        "UPDATE reservations SET status = 'released', closed_at = now() WHERE id = %(live)s",
        ("held_slots held",),
    ),
    "a slot held longer than reserved": Plant(
        "UPDATE slots SET held_until = held_until + interval '1 hour' WHERE id = %(held)s",
        ("held_slots held",),
    ),
    "a slot held by another slot's reservation": Plant(
        "UPDATE slots SET status = 'held', held_until = now(), reservation_id = %(live)s "
        "WHERE id = %(free)s",
        ("held_slots free",),
    ),
    "a slot held by nothing": Plant(
        "UPDATE slots SET status = 'held', held_until = now(), reservation_id = %(nobody)s "
        "WHERE id = %(free)s",
        ("held_slots free",),
        without=("slots.slots_reservation_fkey",),
    ),
    "a live reservation that holds nothing": Plant(
        "UPDATE slots SET status = 'available', held_until = NULL, reservation_id = NULL "
        "WHERE id = %(held)s",
        ("reservation_states live",),
    ),
    "a closed reservation without its time": Plant(
        "UPDATE reservations SET closed_at = NULL WHERE id = %(used)s",
        ("reservation_states used",),
        without=("reservations.reservations_closed_check",),
    ),
    "a live reservation that promises no price": Plant(
        "UPDATE reservations SET price_cents = NULL WHERE id = %(live)s",
        ("reservation_states live",),
        without=("reservations.reservations_promise_check",),
    ),
    "a reservation used after it expired": Plant(
        "UPDATE reservations SET closed_at = expires_at WHERE id = %(used)s",
        ("reservation_states used",),
    ),
    "a reservation used for no booking": Plant(
        "UPDATE reservations SET status = 'used', closed_at = now() WHERE id = %(live)s; "
        "UPDATE slots SET status = 'available', held_until = NULL, reservation_id = NULL "
        "WHERE id = %(held)s",
        ("used_reservations held",),
    ),
    "a booking out of a hold that used no reservation": Plant(
        "UPDATE reservations SET status = 'released' WHERE id = %(used)s",
        ("used_reservations booked",),
    ),
    # I9
    "a fee that does not make up the price": Plant(
        "UPDATE appointments SET refund_cents = 4999 WHERE id = %(cancelled)s",
        ("fees cancelled",),
    ),
    "a fee that is not of the policy": Plant(
        "UPDATE appointments SET fee_cents = 1, refund_cents = 4999 WHERE id = %(cancelled_late)s",
        ("fees cancelled_late",),
    ),
    "a late fee though in time": Plant(
        "UPDATE appointments SET fee_cents = 2500, refund_cents = 2500 WHERE id = %(cancelled)s",
        ("fees cancelled",),
    ),
    "no fee though late": Plant(
        "UPDATE appointments SET fee_cents = 0, refund_cents = 5000 WHERE id = %(cancelled_late)s",
        ("fees cancelled_late",),
    ),
    "a waived fee that is taken": Plant(
        "UPDATE appointments SET fee_waived = true WHERE id = %(cancelled_late)s",
        ("fees cancelled_late",),
    ),
    "a no-show fee that is not of the policy": Plant(
        "UPDATE appointments SET fee_cents = 1, refund_cents = 4999 WHERE id = %(missed)s",
        ("fees missed",),
    ),
    "a late cancel that its client made cheaper": Plant(
        "SELECT act_as(jsonb_build_object('id', user_id, 'type', 'user', 'name', 'C')) "
        "FROM appointments WHERE id = %(confirmed)s; "
        "UPDATE appointments SET refundable_until = refundable_until - interval '2 days' "
        "WHERE id = %(confirmed)s; "
        "UPDATE appointments SET refundable_until = refundable_until + interval '1 day' "
        "WHERE id = %(confirmed)s",
        ("late_cancel_costs confirmed",),
    ),
    "a price that its client lowered": Plant(
        "SELECT act_as(jsonb_build_object('id', user_id, 'type', 'user', 'name', 'C')) "
        "FROM appointments WHERE id = %(confirmed)s; "
        "UPDATE appointments SET price_cents = 1 WHERE id = %(confirmed)s",
        ("late_cancel_costs confirmed",),
    ),
    "free to cancel for longer than the policy says": Plant(
        "UPDATE appointments SET refundable_until = start_at WHERE id = %(confirmed)s",
        ("late_cancel_costs confirmed",),
        without=("appointments.appointments_refundable_check",),
    ),
    "a fee of an appointment that goes on": Plant(
        "UPDATE appointments SET fee_cents = 0, refund_cents = 5000 WHERE id = %(confirmed)s",
        ("fees confirmed",),
        without=("appointments.appointments_fee_check",),
    ),
}
