"""All routes about telephone numbers."""

from holdfast.channels.phones import check_code, send_code

routers = (send_code.router, check_code.router)
