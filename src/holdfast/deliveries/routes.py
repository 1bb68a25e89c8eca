"""The routers of deliveries; what has a name of its own comes before `/{delivery_id}`."""

from holdfast.deliveries import bulk, lanes, list, read, resend, summary

routers = (list.router, summary.router, bulk.router, resend.router, read.router, lanes.router)
