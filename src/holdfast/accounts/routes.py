"""All routes of accounts."""

from fastapi import APIRouter

from holdfast.accounts import routes_auth, routes_password, routes_session, routes_users

router = APIRouter()
for part in (routes_auth, routes_session, routes_password, routes_users):
    router.include_router(part.router)
