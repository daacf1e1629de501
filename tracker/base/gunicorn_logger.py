"""gunicorn's own log in the form of all others. Named in deploy/gunicorn_*.py as `logger_class`."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.base.log import JsonLines


class JsonLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Where it goes and from which level on remain gunicorn's. Its `logconfig_dict` would do, and turn the log of requests on."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn at its start, and when it is told to reload."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())
