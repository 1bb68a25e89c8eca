"""What is noted of a request never has a secret in it, also where that is part of a segment."""

import pytest

from holdfast.http.observe import without_secrets


@pytest.mark.parametrize(
    ("path", "parameters", "noted"),
    [
        ("/api/v1/feeds/s3cret.ics", {"secret": "s3cret"}, "/api/v1/feeds/{secret}.ics"),
        ("/api/v1/feeds/s3.cret.ics", {"secret": "s3.cret"}, "/api/v1/feeds/{secret}.ics"),
        ("/api/v1/shared/s3cret", {"secret": "s3cret"}, "/api/v1/shared/{secret}"),
        ("/r/s3cret/extend", {"token": "s3cret"}, "/r/{token}/extend"),
        ("/a/17/x.ics", {"appointment_id": "17"}, "/a/17/x.ics"),
    ],
)
def test_only_ids_are_noted(path: str, parameters: dict[str, str], noted: str) -> None:
    assert without_secrets({"path": path, "path_params": parameters}) == noted
