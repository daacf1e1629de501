"""Signals for commands that have something to tidy up."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Until the block ends, SIGTERM and SIGHUP stop a command as Ctrl-C does: by a KeyboardInterrupt, so that it tidies up.

    The second signal is let pass: a terminal and a wrapper may send one each. A third breaks off the tidying up too.
    """
    count = 0

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        if count != 2:  # noqa: PLR2004 - the second, as said above
            raise KeyboardInterrupt

    numbers = {signal.SIGINT, signal.SIGTERM}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means to go on
        numbers.add(signal.SIGHUP)
    former = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
