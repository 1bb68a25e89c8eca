"""`/integrity`: the checks of `holdfast verify` a batch at a time, for administrators (SPEC §8)."""

from typing import Annotated

from fastapi import Path, Response

from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, encode_cursor, text_cursor
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.errors import invalid
from holdfast.verify import batches
from holdfast.verify.schemas import IntegrityBatch, IntegrityChecks

router = api_router("/integrity", "integrity")

SHOWN_VIOLATIONS = 100


@router.get(
    "",
    response_model=IntegrityChecks,
    summary="The integrity checks that there are",
    responses=problems("unauthenticated", "forbidden", "unavailable"),
)
async def list_checks(_: Admin, context: InContext) -> Response:
    return json_response(
        {
            "checks": [
                {
                    "name": info.check.name,
                    "invariant": info.check.invariant,
                    "title": info.check.title,
                    "inParts": info.check.in_parts,
                    "rowsEstimated": info.rows_estimated,
                }
                for info in await batches.list_checks(context.db)
            ]
        }
    )


@router.get(
    "/{check}",
    response_model=IntegrityBatch,
    summary="Make one batch of a check",
    description="Looks at about 2000 rows from the cursor on, changes nothing and locks nothing.",
    responses=problems(
        "unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable"
    ),
)
async def check_batch(
    check: Annotated[str, Path(description="The `name` of a check with `inParts`.")],
    _: Admin,
    context: InContext,
    cursor: Cursor = None,
) -> Response:
    wanted = batches.check_named(check)
    position = text_cursor(cursor)
    if position is not None and (position.key != check or wanted.walk is None):
        raise invalid("cursor", "is not a cursor of this check")
    batch = await batches.check_batch(
        context.db, wanted, position.id if position else batches.FIRST_KEY
    )
    return json_response(
        {
            "check": check,
            "rows": batch.rows,
            "violationCount": len(batch.violations),
            "violations": [
                {
                    "invariant": violation.invariant,
                    "table": violation.table,
                    "id": violation.id,
                    "what": violation.what,
                }
                for violation in batch.violations[:SHOWN_VIOLATIONS]
            ],
            "nextCursor": encode_cursor(check, batch.next_key) if batch.next_key else None,
        }
    )
