"""All routes of accounts."""

from holdfast.accounts import (
    routes_auth,
    routes_password,
    routes_session,
    routes_sign_ins,
    routes_users,
)

routers = tuple(
    part.router
    for part in (routes_auth, routes_session, routes_sign_ins, routes_password, routes_users)
)
