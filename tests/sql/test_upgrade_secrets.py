"""What earlier versions kept of secrets is gone after the upgrade, and the keys stay taken."""

from psycopg.types.json import Jsonb

from holdfast.kernel.ids import new_id
from tests.support.cluster import Cluster
from tests.support.upgrade import before_migration, run_migration

NAME = "0017_nothing_secret_at_rest.sql"
TOKEN = "AZr0secretpartsecretpart"


def test_kept_secrets_are_emptied_and_paths_lose_their_tokens(cluster: Cluster) -> None:
    user = new_id()
    kept = {
        "reserve": b'{"reservationToken":"%s"}' % TOKEN.encode(),
        "share": b'{"id":"1","secret":"%s"}' % TOKEN.encode(),
        "book": b'{"id":"1","cancellationPolicy":{}}',
    }
    with before_migration(cluster, NAME) as owner:
        owner.execute(
            "INSERT INTO users (id, email, password_hash, name) VALUES (%s, 'a@b.c', 'x', 'A')",
            [user],
        )
        for key, body in kept.items():
            owner.execute(
                "INSERT INTO idempotency_records VALUES (%s, %s, '', 201, %s, %s, now(), now())",
                [user, key, Jsonb({"Location": f"/api/v1/reservations/{TOKEN}"}), body],
            )
        for path in (f"reservations/{TOKEN}/extend", "reservations", f"users/{user}"):
            owner.execute(
                "INSERT INTO user_actions (id, user_id, action, target, status) "
                "VALUES (%s, %s, 'x', %s, 200)",
                [new_id(), user, f"/api/v1/{path}"],
            )
        run_migration(owner, NAME)
        records = owner.execute(
            "SELECT key, is_sealed, headers::text, body FROM idempotency_records"
        )
        found = {key: (sealed, headers, bytes(body)) for key, sealed, headers, body in records}
        assert found["reserve"] == found["share"] == (True, "{}", b"")
        assert found["book"][0] is False
        assert found["book"][2] == kept["book"]
        targets = owner.execute("SELECT target FROM user_actions").fetchall()
        assert {target for (target,) in targets} == {
            "/api/v1/reservations/{token}/extend",
            "/api/v1/reservations",
            f"/api/v1/users/{user}",
        }
