"""Whose actions these are: one context's user is never another's."""

import asyncio
import threading
from contextvars import copy_context

import pytest

from diskret.capture.subject import Subject


def in_thread(call) -> None:
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def test_the_main_threads_user_is_the_process_default() -> None:
    subject, seen = Subject(), []
    subject.set("alice")
    in_thread(lambda: seen.append(subject.get()))
    assert seen == ["alice"]


def test_a_threads_user_stays_in_its_thread() -> None:
    subject, seen = Subject(), []
    in_thread(lambda: subject.set("bob"))
    in_thread(lambda: seen.append(subject.get()))
    assert seen == [None]
    assert subject.get() is None


def test_a_tasks_user_stays_in_its_task() -> None:
    subject = Subject()

    async def request(user: str) -> str | None:
        subject.set(user)
        await asyncio.sleep(0)
        return subject.get()

    async def serve() -> list[str | None]:
        return await asyncio.gather(request("alice"), request("bob"))

    assert asyncio.run(serve()) == ["alice", "bob"]
    assert copy_context().run(subject.get) is None


def test_none_unsets() -> None:
    subject = Subject()
    subject.set("alice")
    subject.set(None)
    assert subject.get() is None


def test_only_an_exact_string_is_taken() -> None:
    with pytest.raises(TypeError):
        Subject().set(4711)  # type: ignore[arg-type]
