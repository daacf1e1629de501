"""The browser of the tests: Debian's Chromium without a window. It draws the same pages with half of the processor time of `chromium --headless`."""

import contextlib
import os
import signal
import threading
from pathlib import Path

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError

CHROMIUM = "/usr/bin/chromium-headless-shell"
FULL_CHROMIUM = "/usr/bin/chromium"
"""For what the other one lacks: pages kept for the back button, prerendered pages, pushed messages."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CLOSING_SECONDS = 20.0


def close(context: BrowserContext) -> None:
    """Closes it. Chromium now and then never does after a form was sent; then it is ended, with every browser of this process."""
    timer = threading.Timer(_CLOSING_SECONDS, end_browsers)
    timer.daemon = True
    timer.start()
    try:
        context.close()
    except PlaywrightError:
        if timer.is_alive():
            raise
    finally:
        timer.cancel()


def end_browsers() -> None:
    """Kills the browsers that this process started."""
    for pid in _descendants(os.getpid()):
        with contextlib.suppress(OSError):
            if "chrom" in Path(f"/proc/{pid}/comm").read_text("utf-8"):
                os.kill(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    """The processes that this one started, and theirs; those that end meanwhile may lack."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, children.read_text("utf-8").split()):
                found += [child, *_descendants(child)]
    return found
