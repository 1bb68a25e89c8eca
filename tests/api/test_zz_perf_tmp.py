import asyncio,time
from datetime import date,timedelta
from tests.support.make import Make
async def test_perf(api, make, database):
    admin, place = make.admin(), make.place()
    weekly=[{"weekday":d,"start":"00:00","end":"24:00","facilityId":str(place.facility_id)} for d in range(1,8)]
    r=await api.put(f"/providers/{place.provider_id}/schedule",admin,json={"weekly":weekly,"slotMinutes":5})
    for days in (30,366):
        for _ in range(2):
            t=time.perf_counter()
            r=await api.post(f"/providers/{place.provider_id}/slots/generate",admin,json={"from":"2190-01-01","to":str(date(2190,1,1)+timedelta(days=days-1))})
            print(days, r.status_code, r.text[:120], round(time.perf_counter()-t,2))
    t=time.perf_counter()
    r=await api.delete(f"/facilities/{place.facility_id}",admin,headers={"If-Match":"*"})
    print(r.status_code, r.text[:200], time.perf_counter()-t)
async def test_race(api, make, database):
    import psycopg
    from tests.concurrency.support import gate
    from tests.support.make import soon
    admin, client, place = make.admin(), make.client(), make.place()
    async with gate(database, "SELECT delete_service(%s, %s, %s)", admin.actor.as_parameter(), place.service_id, '{"ifMatch": ["*"]}') as door:
        t=asyncio.create_task(api.book_at(client, place, soon(), ifUnavailable="request"))
        await door.until_waiting(1)
        await door.open()
        r=await t
        print(r.status_code, r.text[:300])
