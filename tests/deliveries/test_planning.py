"""Each event is planned once, and means what the contract says (SPEC-deliveries §2, §3)."""

from tests.deliveries.drive import Drive
from tests.support.make import Make


def test_the_first_start_is_at_the_end_of_the_log(drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client()
    make.appointment(client, place, make.slot(place))
    drive.start()
    drive.plan_all()
    assert drive.deliveries() == []


def test_a_booking_makes_a_confirmation(drive: Drive, make: Make) -> None:
    place, client = make.place(), make.client()
    drive.start()
    appointment = make.appointment(client, place, make.slot(place))
    drive.plan_all()
    [mail] = drive.deliveries()
    assert (mail["channel"], mail["purpose"], mail["state"]) == ("email", "confirmed", "pending")
    assert (mail["user_id"], mail["appointment_id"]) == (client.id, appointment)
    [claimed] = drive.claim("email")
    assert drive.another().claim("email") == []
    assert drive.mark(claimed["id"]) == [claimed["id"]]
    assert drive.settle(claimed["id"], "sent", code="250") == 1
    [mail] = drive.deliveries()
    assert (mail["state"], mail["tries"]) == ("sent", 1)
