"""Dispatch: takes due deliveries from the outbox and has them carried, many lanes at once, each in order.

`deliver_due` is the RQ job of the queue `notify`: it only rings here. What falls due later (retries, held lanes, lapsed leases)
is known from the outbox, so that nothing polls and a lost wake-up delays, but loses nothing.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from itertools import islice

from pymongo.errors import PyMongoError

from notifier.delivery import Courier
from tracker.actions.deps import Deps
from tracker.base.http.outbound import Outbound
from tracker.domain.alerting.delivery import Delivery
from tracker.store.alerting.delivery_queue import Lane, lane_of

log = logging.getLogger(__name__)

HANDS = 16
"""Deliveries under way at once."""
_FOR_FAILING = HANDS // 2
"""Hands that lanes may keep whose last try failed: dead receivers must not hold up the others."""
_MOST_SKIPPED = 200
_LONGEST_REST = 30.0
_BACK_OFF = (0.5, 1.0, 2.0, 5.0)


class Dispatch:
    """One per process. `start` makes threads; `deliver_all` works in the caller's own, for tests and one-off runs."""

    def __init__(self, deps: Deps, courier: Courier) -> None:
        self._deps = deps
        self._courier = courier
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="deliver")
        self._free = threading.Semaphore(HANDS)
        self._busy: set[Lane] = set()
        self._under_way: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._is_stopping = False
        self._leader = threading.Thread(target=self._lead, name="dispatch", daemon=True)

    def start(self) -> None:
        """Begins with whatever is due already."""
        self._bell.set()
        self._leader.start()

    def ring(self) -> None:
        """Something may be due."""
        self._bell.set()

    def stop(self, seconds: float) -> None:
        """Takes no more; waits so long for what is under way. What does not end goes out again when its lease lapses."""
        self._is_stopping = True
        self._bell.set()
        until = time.monotonic() + seconds
        if self._leader.is_alive():
            self._leader.join(seconds)
        with self._lock:
            under_way = set(self._under_way)
        wait(under_way, timeout=max(until - time.monotonic(), 0.0))
        self._hands.shutdown(wait=False, cancel_futures=True)

    def deliver_all(self) -> int:
        """Carries everything that is due now, one after the other; how many claims that took."""
        count = 0
        while (delivery := self._deps.store.lanes.claim(self._deps.now())) is not None:
            self._carry(delivery)
            count += 1
        return count

    def _lead(self) -> None:
        failures = 0
        while not self._is_stopping:
            try:
                rest = self._hand_out()
                failures = 0
            except PyMongoError as error:
                rest = _BACK_OFF[min(failures, len(_BACK_OFF) - 1)]
                failures += 1
                log.warning("the outbox is out of reach", extra={"error": type(error).__name__, "next_try_in": rest})
                self._bell.clear()  # the wake-up is not forgotten: the next round looks whether it rang or not
            self._bell.wait(rest)

    def _hand_out(self) -> float | None:
        """Hands out all that is due; returns for how long nothing is, as far as known."""
        while not self._is_stopping:
            self._bell.clear()
            self._free.acquire()
            try:
                delivery = self._deps.store.lanes.claim(self._deps.now(), skip=self._skipped())
            except PyMongoError:
                self._free.release()
                raise
            if delivery is None:
                self._free.release()
                return self._rest(self._deps.store.lanes.next_due(skip=self._skipped()))
            self._hand_over(delivery)
        return None

    def _skipped(self) -> set[Lane]:
        """Lanes in somebody's hands, and all failing ones while enough hands are at such."""
        with self._lock:
            busy = set(self._busy)
        failing = self._courier.failing
        return busy | set(islice(failing, _MOST_SKIPPED)) if len(busy & failing) >= _FOR_FAILING else busy

    def _hand_over(self, delivery: Delivery) -> None:
        with self._lock:
            self._busy.add(lane_of(delivery))
            future = self._hands.submit(self._carry_and_free, delivery)
            self._under_way.add(future)
        future.add_done_callback(self._forget)

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._under_way.discard(future)

    def _rest(self, due: datetime | None) -> float:
        """Until the next delivery falls due. Bounded, since another process may change what is due."""
        if due is None:
            return _LONGEST_REST
        return min(max((due - self._deps.now()).total_seconds(), 0.005), _LONGEST_REST)

    def _carry_and_free(self, delivery: Delivery) -> None:
        try:
            self._carry(delivery)
        finally:
            with self._lock:
                self._busy.discard(lane_of(delivery))
            self._free.release()
            self._bell.set()

    def _carry(self, delivery: Delivery) -> None:
        try:
            self._courier.carry(delivery)
        except PyMongoError as error:
            log.warning("the outcome could not be written", extra={"delivery": delivery.id, "error": type(error).__name__})
        except Exception:  # the outermost loop of a delivery: a fault of ours in one must not stop the others
            log.exception("a delivery failed on our side", extra={"delivery": delivery.id})
            self._courier.set_aside(delivery)


class _Process:
    """What `main` made for this process: RQ calls a function by name and hands it nothing."""

    deps: Deps | None = None
    dispatch: Dispatch | None = None


def install(deps: Deps, dispatch: Dispatch) -> None:
    """Called once by notifier.main, before the first job."""
    _Process.deps, _Process.dispatch = deps, dispatch


def deliver_due() -> None:
    """The RQ job: what comes from now on needs a wake-up of its own, and what is there goes out now."""
    if _Process.deps is None or _Process.dispatch is None:
        raise RuntimeError("deliver_due runs in notifier.main alone")
    try:
        _Process.deps.wake.disarm("notify")
    finally:
        _Process.dispatch.ring()


def open_dispatch(deps: Deps) -> Dispatch:
    """The dispatch of a process with its courier and its way out."""
    return Dispatch(deps, Courier(deps, Outbound(deps.settings.outbound_allow)))
