"""Acts at the same moment, each on a connection of its own."""

import threading
from collections.abc import Callable, Iterable

from django.db import connection

from portal.refusals import Refusal


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


def refusals(results: list[object]) -> list[str]:
    """Give the sentences of those that were refused."""
    return [str(result) for result in results if isinstance(result, Refusal)]


def outcomes(results: Iterable[object]) -> list[str]:
    """Give the kinds of what came of the acts, in order; whoever comes second is refused, or told that it is done."""
    return sorted("Refusal" if isinstance(result, Refusal) else type(result).__name__ for result in results)
