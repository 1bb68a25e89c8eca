"""Members of the groups plan everything once, in the order of each key (docs/kafka.md)."""

import signal
from contextlib import ExitStack

import pytest

from tests.deliveries.kafka.conftest import Journal, lose_messages

pytestmark = pytest.mark.timeout(180)


def test_two_members_plan_together(journal: Journal) -> None:
    with journal.worker("publish,plan"), journal.worker("plan"):
        for _ in range(10):
            journal.fill(300)
        journal.wait_planned()
    journal.check_plans()
    journal.check_topics()


def test_a_member_is_killed_and_others_come_and_go_under_load(journal: Journal) -> None:
    with ExitStack() as stack:
        stack.enter_context(journal.worker("publish"))
        stays = stack.enter_context(journal.worker("plan"))
        doomed = stack.enter_context(journal.worker("plan"))
        journal.fill(1000)
        journal.wait_planned()
        doomed.send_signal(signal.SIGKILL)
        journal.fill(2000)
        late = stack.enter_context(journal.worker("plan"))
        journal.fill(2000)
        journal.wait_planned()
        late.send_signal(signal.SIGTERM)
        journal.fill(2000)
        journal.wait_planned()
        assert late.wait(30) == 0
        assert stays.poll() is None
    journal.check_plans()


def test_a_member_that_slept_plans_nothing_twice(journal: Journal) -> None:
    """It wakes with messages of partitions that others have read since."""
    with journal.worker("publish"), journal.worker("plan") as sleeper:
        journal.fill(200)
        journal.wait_planned()
        sleeper.send_signal(signal.SIGSTOP)
        journal.fill(3000)
        with journal.worker("plan"):
            journal.wait_planned()
            sleeper.send_signal(signal.SIGCONT)
            journal.fill(1000)
            journal.wait_planned()
    journal.check_plans()


def test_what_kafka_lost_is_planned_from_the_log(journal: Journal) -> None:
    """After a while in which a consumer stood still although Kafka had been given more."""
    with journal.worker("publish"):
        journal.fill(1200)
        journal.wait_published()
    lose_messages(journal.url)
    with journal.worker("publish,plan", mending_seconds=2):
        journal.wait_planned()
        journal.fill(300)
        journal.wait_planned()
    journal.check_plans()
