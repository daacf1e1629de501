"""gunicorn's log as JSON lines. Set in deploy/gunicorn_*.py as `logger_class`."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn has no types

from tracker.base.log import JsonLines


class JsonLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Changes only the format; gunicorn's `logconfig_dict` would also enable the access log."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn at start and at reload."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())
