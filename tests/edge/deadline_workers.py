"""The edge's worker with other deadlines: started by gunicorn in tests that would otherwise wait ten seconds, or race with them."""

from tracker.web.edge.server.worker import EdgeWorker


class ShortDeadlineWorker(EdgeWorker):
    """Closes incomplete requests almost at once."""

    request_seconds = 0.5


class LongDeadlineWorker(EdgeWorker):
    """Closes incomplete requests after an hour, which no test waits for."""

    request_seconds = 3600.0
