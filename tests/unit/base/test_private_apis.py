"""Private attributes of libraries that we use: an upgrade that removes one fails here, by its name."""

import inspect

import pytest
from aiosmtpd.smtp import SMTP
from gunicorn.asgi import protocol
from gunicorn.asgi.parser import PythonProtocol
from gunicorn.http.message import Request
from gunicorn.workers.gasgi import ASGIWorker
from prometheus_client import CollectorRegistry, Histogram


@pytest.mark.parametrize("name", ["_check_h1c_protocol_available", "_h1c_parse_errors", "_h1c_protocol_class", "_setup_callback_parser"])
def test_gunicorns_asgi_protocol(name: str) -> None:
    """`web.edge.server.request_reader` and `web.edge.server.protocol` use them."""
    protocol.ASGIProtocol._check_h1c_protocol_available()
    assert hasattr(protocol.ASGIProtocol, name)


@pytest.mark.parametrize("name", ["_on_headers_complete", "_on_body", "_on_message_complete"])
def test_gunicorns_parser_calls_ours(name: str) -> None:
    """Gunicorn passes the methods that `web.edge.server.request_reader` overrides to its parser."""
    assert f"self.{name}" in inspect.getsource(protocol.ASGIProtocol._setup_callback_parser)


def test_gunicorns_date_header() -> None:
    """`web.edge.server.protocol` sends it with every response: one complete line."""
    assert protocol._get_cached_date_header().startswith(b"Date: ")
    assert protocol._get_cached_date_header().endswith(b"\r\n")


@pytest.mark.parametrize("name", ["remaining", "remaining_truncated", "asgi_headers", "is_complete", "reset"])
def test_gunicorns_two_parsers(name: str) -> None:
    """`web.edge.server.request` reads `headers` from the parser without `asgi_headers`."""
    fast = protocol.ASGIProtocol._h1c_protocol_class
    assert fast is None or hasattr(fast, name)
    assert hasattr(PythonProtocol, name) or name == "asgi_headers"


def test_gunicorns_wsgi_request_notes_an_expectation() -> None:
    """`web.console.server.http_request` sends 100-continue itself, and only where a body follows."""
    assert hasattr(Request, "_expected_100_continue")


@pytest.mark.parametrize("name", ["_serve", "_shutdown"])
def test_gunicorns_asgi_worker(name: str) -> None:
    """`web.edge.server.worker` overrides them; gunicorn's `run` calls `_serve`."""
    assert hasattr(ASGIWorker, name)
    assert "self._serve()" in inspect.getsource(ASGIWorker.run)


@pytest.mark.parametrize("name", ["servers", "nr_conns", "lifespan"])
def test_gunicorns_shutdown_uses_what_the_edges_worker_sets(name: str) -> None:
    """`web.edge.server.worker` fills them for gunicorn's `_shutdown`."""
    assert f"self.{name}" in inspect.getsource(ASGIWorker._shutdown)


@pytest.mark.parametrize("name", ["_raise_if_not_observable", "_sum", "_buckets", "_upper_bounds"])
def test_prometheus_histogram(name: str) -> None:
    """`base.metrics.BulkHistogram` adds to them directly."""
    assert hasattr(Histogram("some_seconds", "Some.", registry=CollectorRegistry()), name)


def test_aiosmtpds_need_of_encryption() -> None:
    """`relay.smtp` sets it for each connection."""
    assert "self._auth_require_tls" in inspect.getsource(SMTP.smtp_AUTH)
    assert "self._auth_require_tls" in inspect.getsource(SMTP.smtp_EHLO)
