"""What every route shares: problems, authentication, idempotency, paging."""

from holdfast.kernel.lean import do_without, import_without

# Access tokens are signed with a secret key; what has a public one is much code.
import_without("jwt", "cryptography")
# FastAPI asks of each annotation whether it is a model of that time.
do_without("pydantic.v1")
