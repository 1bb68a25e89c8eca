"""One Apache Kafka in KRaft mode.

`python -m tests.support.kafka_broker PID FOLDER PORT` runs one beside, as long as the process PID
lives.
"""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.certificates import Certificates
from tests.support.documents import ROOT
from tests.support.server import free_port

# Little memory and a quick start: a test run has a few megabytes of events.
JAVA = (
    *("java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    *("-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
)
CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"
USER, PASSWORD = "holdfast", "not-a-secret"
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners={protocol}://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},OWN://127.0.0.1:{own}
advertised.listeners={protocol}://127.0.0.1:{port},OWN://127.0.0.1:{own}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,OWN:PLAINTEXT,PLAINTEXT:PLAINTEXT,\
SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=OWN
log.dirs={folder}/data
num.network.threads=2
num.io.threads=2
background.threads=2
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
"""
_LOGIN = """
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
username="{user}" password="{password}" user_{user}="{password}";
"""
_SCRAM_AND_TLS = """
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.ssl.keystore.type=PEM
listener.name.sasl_ssl.ssl.keystore.location={folder}/broker.pem
"""


def libraries() -> Path | None:
    """The folder of Kafka's programs, once tools/ensure-kafka has been there."""
    found = sorted((ROOT / ".venv").glob("kafka-*/complete"))
    return found[-1].parent / "libs" if found and shutil.which("java") else None


class Broker:
    """A Kafka whose data stays when it is killed.

    Args:
        needs_login: whether clients have to sign in as USER: by SASL PLAIN,
        certificates: or, with these, over TLS by SCRAM-SHA-512.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        needs_login: bool = False,
        certificates: Certificates | None = None,
    ) -> None:
        self.folder = folder
        self.port = port
        self._protocol = "SASL_PLAINTEXT" if needs_login else "PLAINTEXT"
        self._more = _LOGIN if needs_login else ""
        self._users: list[str] = []
        if certificates is not None:
            self._protocol, self._more = "SASL_SSL", _SCRAM_AND_TLS
            self._users = ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
            both = certificates.key.read_bytes() + certificates.cert.read_bytes()
            (folder / "broker.pem").write_bytes(both)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; it answers a few seconds later."""
        properties = self.folder / "server.properties"
        if not properties.exists():
            self._format(properties)
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*JAVA, "-cp", f"{libraries()}/*", "kafka.Kafka", str(properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
            )

    def _format(self, properties: Path) -> None:
        text = _PROPERTIES + self._more
        properties.write_text(
            text.format(
                port=self.port,
                controller=free_port(),
                own=free_port(),
                folder=self.folder,
                protocol=self._protocol,
                user=USER,
                password=PASSWORD,
            )
        )
        subprocess.run(
            [
                *(*JAVA, "-cp", f"{libraries()}/*", "kafka.tools.StorageTool", "format"),
                *("--standalone", "-t", CLUSTER, "-c", str(properties)),
                *self._users,
            ],
            check=True,
            capture_output=True,
        )

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would; what it was given stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def main(pid: str, folder: str, port: str) -> None:
    """Run a broker until the process has ended, however it ended; returns at once."""
    if os.fork():
        return
    os.setsid()
    lifetime = os.pidfd_open(int(pid))
    broker = Broker(Path(folder), int(port))
    broker.start()
    try:
        select.select([lifetime], [], [])
    finally:
        broker.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
