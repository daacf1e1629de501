"""`python -m tracker.embedded FOLDER PID`: runs both servers in FOLDER while process PID lives, then removes the folder.

Used by the tests: all test workers share one pair of servers, which end with the test run.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from tracker.embedded.servers import servers

_POLL_SECONDS = 0.2


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _end(_number: int, _frame: object) -> None:
    sys.exit(0)


def main(folder: Path, pid: int) -> None:
    """Runs until the process ends. `FOLDER/urls` contains both URLs, one per line, as soon as the servers are ready."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with servers(folder, is_durable=False) as urls:
            written = folder / "urls.new"
            written.write_text("\n".join(urls))
            written.rename(folder / "urls")
            while _lives(pid):
                time.sleep(_POLL_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
