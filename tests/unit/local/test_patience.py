"""Waiting as a state's clock does: however long, and not for the start of a process of ours."""

from __future__ import annotations

import threading
import time

from labcli.local.patience import CALLER, HEADER, Patience, Thread, heard, spoken_for, unhurried


def test_a_wait_may_be_longer_than_the_system_can_wait_at_once() -> None:
    event = Patience()
    setter = threading.Timer(0.05, event.set)
    setter.start()
    assert event.wait(threading.TIMEOUT_MAX * 2)
    setter.join()


def test_a_thread_is_awaited_longer_than_the_system_can_wait_at_once() -> None:
    thread = Thread(target=threading.Event().wait, args=(0.05,))
    thread.start()
    thread.join(threading.TIMEOUT_MAX * 2)
    assert not thread.is_alive()


def test_a_wait_ends_when_its_time_has_passed() -> None:
    assert not Patience().wait(0.05)
    assert not Patience().wait(0)


def test_while_something_starts_for_it_no_time_passes() -> None:
    event, began = Patience(), time.monotonic()
    started = threading.Event()

    def start() -> None:
        with event.starting():
            started.set()
            threading.Event().wait(0.4)
            with event.starting():  # two at once are one time that does not pass
                threading.Event().wait(0.1)

    thread = threading.Thread(target=start)
    thread.start()
    started.wait()
    assert not event.wait(0.2)
    assert not thread.is_alive(), "the time ran while something was started"
    assert time.monotonic() - began >= 0.5 + 0.2 - 0.05
    thread.join()


def test_only_who_waits_for_the_call_is_patient() -> None:
    """A state's thread makes its event, then the thread that works for it; that thread's calls name the event."""
    event, said = Patience(), list[str]()
    worker = Thread(target=lambda: said.append(spoken_for()))
    other = Patience()
    worker.start()
    worker.join()
    assert heard({HEADER: said[0]}) is event
    assert heard({HEADER: other.token}) is other
    assert heard({}) is None
    assert spoken_for() == ""


def test_a_start_is_charged_to_its_caller_alone() -> None:
    event, other = Patience(), Patience()
    token = CALLER.set(event)
    try:
        unhurried(lambda: threading.Event().wait(0.1))()
    finally:
        CALLER.reset(token)
    unhurried(lambda: None)()  # somebody without a state behind it
    assert event._not_counted() >= 0.1
    assert other._not_counted() == 0
