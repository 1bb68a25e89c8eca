"""What is sealed for a row opens there, and nowhere else."""

from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.http.sealing import Seal, seal_of
from holdfast.kernel.ids import new_id

OLD, NEW = "an-old-secret-key-that-is-long-enough", "a-new-secret-key-that-is-long-enough"


def test_a_seal_opens_for_its_row_only() -> None:
    seal, row, another = Seal(NEW, "tests"), new_id(), new_id()
    sealed = seal.close_for(row, b"a secret")
    assert seal.open_for(row, sealed) == b"a secret"
    assert seal.open_for(another, sealed) is None
    assert seal.open_for(row, seal.close(b"short")) is None
    assert Seal(NEW, "another purpose").open_for(row, sealed) is None


def test_former_keys_open_and_seal_nothing() -> None:
    row = new_id()
    settings = Settings(secret_key=SecretStr(NEW), secret_key_previous=(SecretStr(OLD),))
    seal = seal_of(settings, "tests")
    assert seal.open_for(row, Seal(OLD, "tests").close_for(row, b"a secret")) == b"a secret"
    assert Seal(OLD, "tests").open(seal.close(b"a secret")) is None
    assert Seal(NEW, "tests").open(seal.close(b"a secret")) == b"a secret"
