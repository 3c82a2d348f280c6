"""The outbox decides what goes next and accounts for each item, whatever the answers are."""

import pytest

from diskret.model.records import Purpose, Report
from diskret.model.stats import Counters
from diskret.ship.outbox import Item, Outbox
from diskret.ship.plan import Answer, Refused, Retry, Sent, Split, Stop, Unreachable, Verdict
from diskret.ship.request import Request


class Sink:
    max_batch_bytes = 100
    max_batch_items = 4
    linger = 1.0

    def encode(self, report: Report) -> Item:
        raise NotImplementedError

    def key(self, item: Item, now_ns: int) -> str | None:
        return str(item.payload)[0] if item.payload else None

    def request(self, items: list[Item], key: str) -> Request:
        raise NotImplementedError

    def judge(self, answer: Answer | Unreachable, now: float) -> Verdict:
        raise NotImplementedError


class Box(Outbox):
    """An outbox with two purposes in it, and the counters that account for it."""

    def __init__(self) -> None:
        self.allowed = {Purpose.LOGS: 1, Purpose.CRASH_REPORTS: 1}
        self.counters = Counters()
        super().__init__(Sink(), self.counters, lambda p, e: self.allowed.get(p) == e, jitter=lambda: 1.0)

    def put(self, *payloads: str, now: float = 0.0, purpose: Purpose = Purpose.LOGS, size: int = 10) -> None:
        for payload in payloads:
            self.counters.take(purpose)
            self.add(Item(purpose, 1, payload, size), now)

    def payloads(self, now: float, *, hurry: bool = False) -> list[object] | None:
        self.batch = self.next(now, 0, hurry=hurry)
        return None if self.batch is None else [item.payload for item in self.batch.items]

    def answer(self, verdict: Verdict, now: float = 0.0) -> None:
        self.settle(self.batch, verdict, now)

    def numbers(self) -> tuple[int, int, dict[str, int]]:
        stats = self.counters.snapshot({}, {}, 0)
        assert stats.balanced()
        return stats.sent.get("logs", 0), stats.queued.get("logs", 0), dict(stats.dropped.get("logs", {}))


@pytest.fixture
def box() -> Box:
    return Box()


def test_items_wait_a_second_for_company(box: Box) -> None:
    box.put("a1")
    assert box.payloads(0.9) is None
    assert box.payloads(1.0) == ["a1"]


def test_a_hurry_does_not_wait(box: Box) -> None:
    box.put("a1")
    assert box.payloads(0.0, hurry=True) == ["a1"]


def test_a_full_batch_goes_at_once_and_is_bounded(box: Box) -> None:
    box.put("a1", "a2", "a3", "a4", "a5")
    assert box.payloads(0.0) == ["a1", "a2", "a3", "a4"]


def test_a_batch_is_bounded_by_bytes(box: Box) -> None:
    box.put("a1", "a2", "a3", size=40)
    assert box.payloads(0.0) == ["a1", "a2"]


def test_an_item_larger_than_a_batch_goes_alone(box: Box) -> None:
    box.put("a1", "a2", size=400)
    assert box.payloads(0.0) == ["a1"]


def test_one_batch_is_of_one_stream(box: Box) -> None:
    box.put("a1", "b1", "a2")
    assert box.payloads(5.0) == ["a1"]
    box.answer(Sent())
    assert box.payloads(5.0) == ["b1"]


def test_what_was_sent_is_counted_as_sent(box: Box) -> None:
    box.put("a1", "a2")
    box.payloads(1.0)
    assert not box.empty
    box.answer(Sent())
    assert box.empty
    assert box.numbers() == (2, 0, {})


def test_what_failed_goes_back_in_front_and_waits_longer_each_time(box: Box) -> None:
    box.put("a1", "a2")
    waits = []
    now = 1.0
    for _ in range(4):
        assert box.payloads(now) == ["a1", "a2"]
        box.answer(Retry(), now)
        due = box.due_at(hurry=True)
        waits.append(due - now)
        assert box.payloads(due - 0.001, hurry=True) is None
        now = due
    assert waits == [0.5, 1.0, 2.0, 4.0]
    assert box.numbers() == (0, 2, {})


def test_the_server_says_how_long_to_wait(box: Box) -> None:
    box.put("a1")
    box.payloads(1.0)
    box.answer(Retry(30.0), 1.0)
    assert box.due_at(hurry=True) == 31.0
    box.payloads(31.0)
    box.answer(Sent(60.0), 31.0)
    box.put("a2", now=31.0)
    assert box.due_at(hurry=True) == 91.0


def test_what_is_too_large_is_halved_until_the_culprit_is_alone(box: Box) -> None:
    box.put("a1", "a2", "a3", "a4")
    assert box.payloads(1.0) == ["a1", "a2", "a3", "a4"]
    box.answer(Split())
    assert box.payloads(1.0) == ["a1", "a2"]
    box.answer(Split())
    assert box.payloads(1.0) == ["a1"]
    box.answer(Split())
    assert box.numbers() == (0, 3, {"too large for the server": 1})
    assert box.payloads(1.0) == ["a2", "a3", "a4"]


def test_what_is_refused_is_dropped_and_counted(box: Box) -> None:
    box.put("a1", "a2")
    box.payloads(1.0)
    box.answer(Refused("refused by server (400)"))
    assert box.numbers() == (0, 0, {"refused by server (400)": 2})


def test_a_stop_drops_everything_and_takes_nothing_more(box: Box) -> None:
    box.put("a1", "b1")
    box.payloads(1.0)
    box.answer(Stop("not authorised (403)"))
    box.put("a2")
    assert box.payloads(9.0) is None
    assert box.numbers() == (0, 0, {"not authorised (403)": 3})


def test_a_withdrawal_empties_it(box: Box) -> None:
    box.put("a1", "a2")
    box.put("c1", purpose=Purpose.CRASH_REPORTS)
    del box.allowed[Purpose.LOGS]
    box.purge()
    assert box.numbers() == (0, 0, {"consent withdrawn": 2})
    assert box.payloads(1.0) == ["c1"]


def test_a_batch_under_way_at_a_withdrawal_is_not_sent_again(box: Box) -> None:
    box.put("a1")
    box.payloads(1.0)
    box.allowed.clear()
    box.purge()
    box.answer(Retry())
    assert box.numbers() == (0, 0, {"consent withdrawn": 1})
    assert box.empty


def test_a_later_grant_does_not_revive_what_was_captured_before(box: Box) -> None:
    box.put("a1")
    box.allowed[Purpose.LOGS] = 2
    assert box.payloads(1.0) is None
    assert box.numbers() == (0, 0, {"consent withdrawn": 1})


def test_what_is_too_old_is_dropped(box: Box) -> None:
    box.put("", "a1")
    assert box.payloads(1.0) == ["a1"]
    assert box.numbers() == (0, 1, {"too old for the server": 1})


def test_when_it_is_full_the_oldest_goes(box: Box) -> None:
    box.MAX_ITEMS = 3
    box.put("a1", "a2", "a3", "a4")
    assert box.payloads(1.0) == ["a2", "a3", "a4"]
    assert box.numbers() == (0, 3, {"outbox full": 1})


def test_closing_drops_what_waits_and_what_comes_back(box: Box) -> None:
    box.put("a1")
    box.payloads(1.0)
    box.put("a2")
    box.close("not sent before exit")
    box.answer(Retry())
    assert box.numbers() == (0, 0, {"not sent before exit": 2})
