"""The mail sender: a thread that claims due messages from the mail queue and has them sent, one per mailbox at a time.

Others do the same for copies of relayed mails (`notifier.copy_sender`) and for webhooks (`notifier.hooks.sender`). Started by notifier.main. It sleeps until the next due time, as the dispatcher of alerts does; a lost wake-up delays a message, but loses
none. Connections are kept open between messages of a mailbox.
"""

import logging
import threading
import time
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Generic, TypeVar

import redis
from pymongo.errors import PyMongoError

from tracker.actions.deps import Deps
from tracker.actions.mail_queue.delivery import complete_interrupted, deliver, mailbox_of
from tracker.domain.mail.message import Message
from tracker.mail.connections import Connections
from tracker.store.core.retries import SENT_SECONDS
from tracker.store.mail.mail_queue import Mailbox

log = logging.getLogger(__name__)

MAIL_THREADS = 8
"""Mailboxes that send at the same time."""
_LONGEST_WAIT = 30.0
_BACK_OFF = (0.5, 1.0, 2.0, 5.0)


T = TypeVar("T")
K = TypeVar("K")


class QueueSender(Generic[T, K]):
    """Sends what is due in one queue; a subclass names the queue. One per process. `start` creates threads; `send_all` works in the caller's thread, for tests and one-off runs."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._connections = Connections()
        self._pool = ThreadPoolExecutor(MAIL_THREADS, thread_name_prefix="mail")
        self._free = threading.Semaphore(MAIL_THREADS)
        self._busy: set[K] = set()
        self._under_way: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)

    def prepare(self) -> int:
        """What is done before anything is claimed; returns how much it was."""
        raise NotImplementedError

    def claim(self, skip: Collection[K]) -> T | None:
        """Claims what has been due longest for any other sender."""
        raise NotImplementedError

    def next_due(self, skip: Collection[K]) -> datetime | None:
        """When the next of any other sender is due."""
        raise NotImplementedError

    def sender_of(self, claimed: T) -> K:
        """What sends one at a time: a mailbox, or for a webhook the webhook."""
        raise NotImplementedError

    def deliver(self, claimed: T, connections: Connections) -> None:
        """Tries it once. Raises PyMongoError."""
        raise NotImplementedError

    def start(self) -> None:
        """Starts with everything that is due already."""
        self._woken.set()
        self._thread.start()

    def wake(self) -> None:
        """A message may be due."""
        self._woken.set()

    def stop(self, seconds: float) -> None:
        """Claims nothing more; waits that long for current messages. Unfinished ones are sent again when their lease expires."""
        self._is_stopping = True
        self._woken.set()
        until = time.monotonic() + seconds
        if self._thread.is_alive():
            self._thread.join(seconds)
        with self._lock:
            under_way = set(self._under_way)
        wait(under_way, timeout=max(until - time.monotonic(), 0.0))
        self._pool.shutdown(wait=False, cancel_futures=True)

    def send_all(self) -> int:
        """Sends everything that is due now, one after the other; returns the number of claims."""
        count = self.prepare()
        with self._connections:
            while (claimed := self.claim(())) is not None:
                self._send(claimed)
                count += 1
        return count

    def _run(self) -> None:
        failures = 0
        while not self._is_stopping:
            try:
                pause = self._submit_due()
                failures = 0
            except (PyMongoError, redis.RedisError, OSError) as error:
                pause = _BACK_OFF[min(failures, len(_BACK_OFF) - 1)]
                failures += 1
                log.warning("the mail queue is unavailable", extra={"error": type(error).__name__, "next_try_in": pause})
                self._woken.clear()  # the wake-up is not lost: the next round reads the queue in any case
            except Exception:  # an internal error about one row must not end the thread, and with it all sending
                pause = _BACK_OFF[-1]
                log.exception("the mail queue failed with an internal error")
                self._woken.clear()
            self._woken.wait(pause)
        self._connections.close()

    def _submit_due(self) -> float:
        """Submits all due messages; returns the seconds until the next one is due, as far as known."""
        self.prepare()
        while not self._is_stopping:
            self._woken.clear()
            self._connections.close_idle()
            self._free.acquire()
            claimed = None
            try:
                claimed = self.claim(self._now_busy())
            finally:
                if claimed is None:
                    self._free.release()
            if claimed is None:
                return self._seconds_until(self.next_due(self._now_busy()))
            self._submit(claimed)
        return 0.0

    def _now_busy(self) -> set[K]:
        with self._lock:
            return set(self._busy)

    def _submit(self, claimed: T) -> None:
        with self._lock:
            self._busy.add(self.sender_of(claimed))
            future = self._pool.submit(self._send_and_free, claimed)
            self._under_way.add(future)
        future.add_done_callback(self._forget)

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._under_way.discard(future)

    def _seconds_until(self, due: datetime | None) -> float:
        """Until the next message is due. Bounded, because another process may change due times."""
        if due is None:
            return _LONGEST_WAIT
        return min(max((due - self._deps.now()).total_seconds(), 0.005), _LONGEST_WAIT)

    def _send_and_free(self, claimed: T) -> None:
        try:
            self._send(claimed)
        finally:
            with self._lock:
                self._busy.discard(self.sender_of(claimed))
            self._free.release()
            self._woken.set()

    def _send(self, claimed: T) -> None:
        try:
            self.deliver(claimed, self._connections)
        except PyMongoError as error:
            log.warning("the result could not be written", extra={"error": type(error).__name__})
        except Exception:  # the outermost loop of a message: an internal error in one must not stop the others
            log.exception("a message failed with an internal error")


class MailSender(QueueSender[Message, Mailbox]):
    """Sends the messages of the mail queue."""

    def prepare(self) -> int:
        """Completes messages whose process died."""
        return complete_interrupted(self._deps, self._deps.now())

    def claim(self, skip: Collection[Mailbox]) -> Message | None:
        """From the mail queue."""
        return self._deps.store.mail_queue.claim(self._deps.now(), skip=skip)

    def next_due(self, skip: Collection[Mailbox]) -> datetime | None:
        """In the mail queue."""
        return self._deps.store.mail_queue.next_due(skip=skip)

    def sender_of(self, claimed: Message) -> Mailbox:
        """The sender's."""
        return mailbox_of(claimed)

    def deliver(self, claimed: Message, connections: Connections) -> None:
        """See `actions.mail_queue.delivery`."""
        deliver(self._deps, claimed, connections, patience=SENT_SECONDS)
