"""A booking reaches an endpoint, signed (SPEC-deliveries §5)."""

from tests.deliveries.both import bus
from tests.deliveries.webhooks.conftest import PUBLIC_URL
from tests.deliveries.webhooks.receiver import Receiver
from tests.deliveries.webhooks.world import add_endpoint
from tests.support.api import Api
from tests.support.make import Make, User

__all__ = ["bus"]


async def test_a_booking_reaches_an_endpoint(
    working_api: Api, receiver: Receiver, make: Make, admin: User
) -> None:
    endpoint = await add_endpoint(working_api, admin, receiver.url)
    place, client = make.place(), make.client()
    booked = await working_api.booked(client, place, make.slot(place))
    [request] = await receiver.came(1)
    event = request.verified(endpoint["secret"])
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["webhook-id"] == f"evt_{event['id']}"
    assert "webhook-previous-dead" not in request.headers
    assert event == {
        "specversion": "1.0",
        "id": event["id"],
        "source": PUBLIC_URL,
        "type": "booking.confirmed",
        "subject": f"appointment/{booked['id']}",
        "time": event["time"],
        "datacontenttype": "application/json",
        "sequence": event["id"].zfill(20),
        "partitionkey": booked["id"],
        "data": {
            "appointmentId": booked["id"],
            "version": 1,
            "userId": str(client.id),
            "providerId": str(place.provider_id),
            "previousProviderId": None,
            "updates": event["data"]["updates"],
        },
    }
    shown = event["data"]["updates"]
    assert {name: booked[name] for name in shown if name != "updatedAt"} == {
        name: value for name, value in shown.items() if name != "updatedAt"
    }
