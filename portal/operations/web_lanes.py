"""Threads of a process of the web, of which bodies with files take half at most."""

import threading
from collections import deque

from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher


class Lanes:
    """Stands before the threads: whoever sends files waits for one of a few, without holding any, and others go past.

    A document is opened while its page waits (portal/files/pdf.py), and some take all the time that they may.
    """

    def __init__(self, threads: ThreadedTaskDispatcher, most: int) -> None:
        self.threads, self.most = threads, most
        self.taken = 0
        self.waiting: deque[HTTPChannel] = deque()
        self.lock = threading.Lock()

    def add_task(self, line: HTTPChannel) -> None:
        """Let the first request of a line be answered, in its turn."""
        if not carries_files(line):
            self.threads.add_task(line)
            return
        with self.lock:
            if self.taken == self.most:
                self.waiting.append(line)
                return
            self.taken += 1
        self.threads.add_task(Upload(line, self))

    def go_on(self) -> None:
        """Give the thread of an upload that was answered to the next one."""
        with self.lock:
            if not self.waiting:
                self.taken -= 1
                return
            line = self.waiting.popleft()
        self.threads.add_task(Upload(line, self))


class Upload:
    """A request that carries files, with one of the few threads for such."""

    def __init__(self, line: HTTPChannel, lanes: Lanes) -> None:
        self.line, self.lanes = line, lanes

    def service(self) -> None:
        """Answer it, and let the next one go on."""
        try:
            self.line.service()
        finally:
            self.lanes.go_on()

    def cancel(self) -> None:
        """Leave it unanswered."""
        self.line.cancel()


def carries_files(line: HTTPChannel) -> bool:
    """Return whether the request is a form of several parts, as every form with a file is."""
    return bool(line.requests[0].headers.get("CONTENT_TYPE", "").lstrip().lower().startswith("multipart/"))
