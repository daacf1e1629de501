"""`python -m tracker.embedded FOLDER PID`: both servers in FOLDER while process PID lives; the folder goes with them.

Called by the tests, so that all test workers share one pair of servers that cannot outlive the test run.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from tracker.embedded.servers import servers

_LOOK_SECONDS = 0.2


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _end(_number: int, _frame: object) -> None:
    sys.exit(0)


def main(folder: Path, pid: int) -> None:
    """Runs until the process is gone. `FOLDER/urls` holds both URLs, a line each, as soon as they answer."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with servers(folder) as urls:
            written = folder / "urls.new"
            written.write_text("\n".join(urls))
            written.rename(folder / "urls")
            while _lives(pid):
                time.sleep(_LOOK_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
