"""Waiting as a state's clock does: not for the start of a process of ours."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from labcli.local.patience import CALLER, HEADER, Patience, heard, unhurried


async def waited(limit: float, starts: int) -> float:
    """Seconds until a wait without end is over, while something starts for it."""
    loop, began = asyncio.get_running_loop(), time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(limit) as timeout:
            patience = Patience(timeout, loop)

            def start() -> None:
                with patience.starting():
                    threading.Event().wait(0.4)

            threads = [threading.Thread(target=start) for _ in range(starts)]
            for thread in threads:
                thread.start()
            await asyncio.Event().wait()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def test_a_wait_ends_when_its_time_has_passed() -> None:
    assert asyncio.run(waited(0.05, 0)) >= 0.05


@pytest.mark.parametrize("starts", [1, 2])
def test_while_something_starts_for_it_no_time_passes(starts: int) -> None:
    """Two at once are one time that does not pass."""
    assert asyncio.run(waited(0.2, starts)) >= 0.4 + 0.2 - 0.1


def test_only_who_waits_for_the_call_is_patient() -> None:
    async def look() -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as one, asyncio.timeout(None) as two:
            event, other = Patience(one, loop), Patience(two, loop)
            assert heard({HEADER: event.token}) is event
            assert heard({HEADER: other.token}) is other
            assert heard({}) is None

    asyncio.run(look())


def test_a_start_is_charged_to_its_caller_alone() -> None:
    async def look() -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(60) as one, asyncio.timeout(60) as two:
            event, other = Patience(one, loop), Patience(two, loop)
            before = (one.when() or 0.0, two.when() or 0.0)
            token = CALLER.set(event)
            try:
                await asyncio.to_thread(unhurried(lambda: threading.Event().wait(0.1)))
            finally:
                CALLER.reset(token)
            unhurried(lambda: None)()  # somebody without a state behind it
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert (one.when() or 0.0) >= before[0] + 0.05
            assert two.when() == before[1]
            assert other.token != event.token

    asyncio.run(look())
