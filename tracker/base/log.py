"""Logging: one JSON object a line on stderr, control characters escaped, long values cut, secrets and mail addresses blotted out.

An event's id is the thread: the edge logs it at `debug`, the drain at `debug`, workers at `info` with the alert it caused, the
notifier at `info` when the alert is delivered.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime

_LONGEST = 2000
_ENCODER = json.JSONEncoder(default=str)
_SECRETS = re.compile(
    r"(?P<before>://)[^/\s@]+(?=@)"  # user and password in a URL
    r"|(?P<hook>hooks\.slack\.com/services/)[^\s\"']+"
    r"|xox[a-z]-[\w-]{8,}"
    r"|(?:[A-Za-z0-9_-]{8,}\.)?(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{40,}"  # tokens of links, cookies, API keys
    r"|[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
)
_MARKS = ("@", "hooks.slack.com", "xox")
_TOKEN = 40
_RUNS = re.compile(r"[A-Za-z0-9_-]++")
"""One of the marks, or a run as long as a token, is in all that is blotted out."""
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; everything given in `extra=` becomes a key."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, ASCII only, so that no newline or escape sequence from outside reaches a terminal."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage()[:_LONGEST],
        }
        line |= {k: _cut(v) for k, v in vars(record).items() if k not in _STANDARD and not k.startswith("_")}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)[-_LONGEST * 4 :]
        return blotted(_ENCODER.encode(line))


def blotted(text: str) -> str:
    """The text without tokens, keys, passwords and mail addresses: whatever an error may quote, a log must not keep it."""
    if not any(mark in text for mark in _MARKS) and not any(len(run) >= _TOKEN for run in _RUNS.findall(text)):
        return text  # as nearly always, and several times faster to see
    return _SECRETS.sub(lambda found: f"{found['before'] or found['hook'] or ''}***", text)


def _cut(value: object) -> object:
    return value[:_LONGEST] if isinstance(value, str) else value


def set_up(level: str = "info") -> None:
    """Sends all logging of this process to stderr as JSON lines. Called once, by the process's entry point."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("pymongo", "rq", "httpcore", "mail.log", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
