"""Logging: one JSON object per line on stderr. Control characters are escaped, long values cut, secrets and addresses redacted.

The event id connects log lines: edge and drain log it at `debug`, workers at `info` with the alert it caused, the
notifier at `info` when the alert is delivered.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime

_MAX_LENGTH = 2000
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
"""Redacted text always contains one of the marks, or a run as long as a token."""
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; everything given in `extra=` becomes a key."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of ASCII, so no newline or escape sequence from outside reaches a terminal."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage()[:_MAX_LENGTH],
        }
        line |= {k: _cut(v) for k, v in vars(record).items() if k not in _STANDARD and not k.startswith("_")}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)[-_MAX_LENGTH * 4 :]
        return redacted(_ENCODER.encode(line))


def redacted(text: str) -> str:
    """The text without tokens, keys, passwords and mail addresses: errors may quote them, logs must not contain them."""
    if not any(mark in text for mark in _MARKS) and not any(len(run) >= _TOKEN for run in _RUNS.findall(text)):
        return text  # the usual case; this check is several times faster
    return _SECRETS.sub(lambda found: f"{found['before'] or found['hook'] or ''}***", text)


def _cut(value: object) -> object:
    return value[:_MAX_LENGTH] if isinstance(value, str) else value


def set_up(level: str = "info") -> None:
    """Configures logging of this process to stderr. Called once by its entry point."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("pymongo", "rq", "httpcore", "mail.log", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
