"""Drop a house's own words: the others are in force again."""

from fastapi import Response

from holdfast.catalogue.schemas import Removal
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.preconditions import Conditional
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.notifications.templates import store
from holdfast.notifications.templates.save import CHANGE, refused
from holdfast.notifications.templates.wire import InPlace

router = api_router("/message-templates", "notifications")


@router.delete(
    "/{purpose}/{channel}/{locale}",
    status_code=204,
    summary="Drop the words saved for a message",
    responses=problems(*CHANGE),
)
async def delete_template(
    place: InPlace,
    _: Admin,
    context: InContext,
    condition: Conditional,
    body: Removal | None = None,
) -> Response:
    version = body.version if body else None
    precondition = condition.as_parameter(version=version, required=True)
    row = await context.db.run(lambda c: store.delete(c, place.key, precondition))
    if row["outcome"] != "deleted":
        raise refused(place, row, {})
    return Response(status_code=204)
