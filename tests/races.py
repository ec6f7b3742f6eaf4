"""Acts at the same moment, each on a connection of its own."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from portal.refusals import Refusal
from tests.waiting import somebody_waits, until


def race(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at once; give what each returned or refused. Any other failure is raised."""
    barrier = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)
    failures: list[Exception] = []

    def run(i: int, act: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            results[i] = act()
        except Refusal as refusal:
            results[i] = refusal
        except Exception as failure:  # raised again below, in the test's own thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, act)) for i, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


@contextmanager
def beside(act: Callable[[], object]) -> Iterator[list[object]]:
    """Run an act beside the transaction of the block, for which it has to wait; give what came of it, once all is done."""
    came: list[object] = []

    def run() -> None:
        try:
            with transaction.atomic():
                came.append(act())
        except Exception as refused:  # the test judges what came of it
            came[:] = [refused]
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        yield came
        thread.start()
        until(somebody_waits, "the other session to wait")
        assert came == []
    thread.join()


def refusals(results: list[object]) -> list[str]:
    """Give the sentences of those that were refused."""
    return [str(result) for result in results if isinstance(result, Refusal)]


def outcomes(results: Iterable[object]) -> list[str]:
    """Give the kinds of what came of the acts, in order; whoever comes second is refused, or told that it is done."""
    return sorted("Refusal" if isinstance(result, Refusal) else type(result).__name__ for result in results)
