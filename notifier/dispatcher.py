"""The dispatcher: claims due deliveries from the queue and has them delivered, many receivers at once, each in order.

Due times of the future (retries, held receivers, expiring leases) are known from the queue. The dispatcher therefore does not poll,
and a lost wake-up delays a delivery, but loses none.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from itertools import islice

from pymongo.errors import PyMongoError

from notifier.delivery import Deliverer
from tracker.actions.deps import Deps
from tracker.base.http.outbound import Outbound
from tracker.domain.alerting.delivery import Delivery
from tracker.store.alerting.delivery_queue import Receiver, receiver_of

log = logging.getLogger(__name__)

THREADS = 16
"""Concurrent deliveries."""
_FOR_FAILING = THREADS // 2
"""The threads that receivers whose last try failed may occupy: unreachable receivers must not delay the others."""
_MOST_SKIPPED = 200
_LONGEST_WAIT = 30.0
_BACK_OFF = (0.5, 1.0, 2.0, 5.0)


class Dispatcher:
    """One per process. `start` creates threads; `deliver_all` works in the caller's thread, for tests and one-off runs."""

    def __init__(self, deps: Deps, deliverer: Deliverer) -> None:
        self._deps = deps
        self._deliverer = deliverer
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")
        self._free = threading.Semaphore(THREADS)
        self._busy: set[Receiver] = set()
        self._under_way: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="dispatch", daemon=True)

    def start(self) -> None:
        """Starts with everything that is due already."""
        self._woken.set()
        self._thread.start()

    def wake(self) -> None:
        """A delivery may be due."""
        self._woken.set()

    def stop(self, seconds: float) -> None:
        """Claims nothing more; waits that long for current deliveries. Unfinished ones are sent again when their lease expires."""
        self._is_stopping = True
        self._woken.set()
        until = time.monotonic() + seconds
        if self._thread.is_alive():
            self._thread.join(seconds)
        with self._lock:
            under_way = set(self._under_way)
        wait(under_way, timeout=max(until - time.monotonic(), 0.0))
        self._pool.shutdown(wait=False, cancel_futures=True)

    def deliver_all(self) -> int:
        """Delivers everything that is due now, one after the other; returns the number of claims."""
        count = 0
        while (delivery := self._deps.store.delivery_queue.claim(self._deps.now())) is not None:
            self._deliver(delivery)
            count += 1
        return count

    def _run(self) -> None:
        failures = 0
        while not self._is_stopping:
            try:
                pause = self._submit_due()
                failures = 0
            except PyMongoError as error:
                pause = _BACK_OFF[min(failures, len(_BACK_OFF) - 1)]
                failures += 1
                log.warning("the delivery queue is unavailable", extra={"error": type(error).__name__, "next_try_in": pause})
                self._woken.clear()  # the wake-up is not lost: the next round reads the queue in any case
            self._woken.wait(pause)

    def _submit_due(self) -> float | None:
        """Submits all due deliveries; returns the seconds until the next one is due, as far as known."""
        queue = self._deps.store.delivery_queue
        while not self._is_stopping:
            self._woken.clear()
            self._free.acquire()
            try:
                delivery = queue.claim(self._deps.now(), skip=self._skipped())
            except PyMongoError:
                self._free.release()
                raise
            if delivery is None:
                self._free.release()
                return self._seconds_until(queue.next_due(skip=self._skipped()))
            self._submit(delivery)
        return None

    def _skipped(self) -> set[Receiver]:
        """Receivers with a current delivery, and all failing ones while these occupy enough threads."""
        with self._lock:
            busy = set(self._busy)
        failing = self._deliverer.failing
        return busy | set(islice(failing, _MOST_SKIPPED)) if len(busy & failing) >= _FOR_FAILING else busy

    def _submit(self, delivery: Delivery) -> None:
        with self._lock:
            self._busy.add(receiver_of(delivery))
            future = self._pool.submit(self._deliver_and_free, delivery)
            self._under_way.add(future)
        future.add_done_callback(self._forget)

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._under_way.discard(future)

    def _seconds_until(self, due: datetime | None) -> float:
        """Until the next delivery is due. Bounded, because another process may change due times."""
        if due is None:
            return _LONGEST_WAIT
        return min(max((due - self._deps.now()).total_seconds(), 0.005), _LONGEST_WAIT)

    def _deliver_and_free(self, delivery: Delivery) -> None:
        try:
            self._deliver(delivery)
        finally:
            with self._lock:
                self._busy.discard(receiver_of(delivery))
            self._free.release()
            self._woken.set()

    def _deliver(self, delivery: Delivery) -> None:
        try:
            self._deliverer.deliver(delivery)
        except PyMongoError as error:
            log.warning("the result could not be written", extra={"delivery": delivery.id, "error": type(error).__name__})
        except Exception:  # the outermost loop of a delivery: an internal error in one must not stop the others
            log.exception("a delivery failed with an internal error", extra={"delivery": delivery.id})
            self._deliverer.postpone(delivery)


def open_dispatcher(deps: Deps) -> Dispatcher:
    """The dispatcher of a process, with its deliverer and its HTTP client."""
    return Dispatcher(deps, Deliverer(deps, Outbound(deps.settings.outbound_allow)))
