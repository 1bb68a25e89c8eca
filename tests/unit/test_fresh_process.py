"""What a server does with the libraries that it imports: less than a test process has of them."""

import subprocess
import sys

from holdfast.kernel.p256 import new_private_key

SCRIPT = """
import sys
import holdfast.runtime.serve
import holdfast.runtime.on_postgres
import holdfast.app
from holdfast.channels.push.sender import _encrypted
from holdfast.channels.push.vapid import Vapid
from holdfast.kernel.p256 import base64url, public_text, read_private_key

key = read_private_key(sys.argv[1])
print(Vapid(sys.argv[1], "mailto:a@b.test").authorization("https://push.example.org/1"))
subscription = {"endpoint": "https://push.example.org/1", "p256dh": public_text(key)}
print(len(_encrypted(b"{}", subscription, base64url(bytes(16)))))
"""


def test_a_server_can_sign_and_encrypt_push_messages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, new_private_key()],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    authorization, length = done.stdout.splitlines()
    assert authorization.startswith("vapid t=ey")
    assert int(length) > 20
