"""Acts run at once, each in a thread and a connection of its own."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection

from tests.waiting import PATIENCE


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts at the same moment; give what each returned, or the error it raised."""
    gate = Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(PATIENCE)
            results[index] = act()
        except Exception as error:  # the test judges what came of it
            results[index] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "an act did not end"
    return results
