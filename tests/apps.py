"""The console and the API for tests in their own process: made once and given the `Deps` of each test, because making them takes longer.

A test that needs two of them at once, or other settings of addresses and cookies, makes its own.
"""

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tracker.actions.deps import Deps
from tracker.web.api.app import create_api
from tracker.web.api.mcp.server import create_mcp
from tracker.web.console.app import create_app, flash_key


class CompiledTemplates(BytecodeCache):
    """Code by template and source text, in memory: also the apps that a test makes use what another one compiled."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fills the bucket if the template was compiled before."""
        code = self._code.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps the code."""
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = CompiledTemplates()
_MADE: dict[str, Flask] = {}


def console_app(deps: Deps) -> Flask:
    """The console as it is served, with these `Deps`."""
    if "console" not in _MADE:
        _MADE["console"] = create_app(deps)
        _MADE["console"].jinja_env.bytecode_cache = _COMPILED
    app = _MADE["console"]
    app.extensions["leadlight"] = deps
    app.extensions.pop("leadlight.outbound", None)  # it knows which addresses the settings of an earlier test allowed
    app.secret_key = flash_key(deps)
    return app


def api_app(deps: Deps) -> Flask:
    """The API and MCP alone, with these `Deps`."""
    if "api" not in _MADE:
        _MADE["api"] = Flask("api")
        _MADE["api"].register_blueprint(create_api())
        _MADE["api"].register_blueprint(create_mcp())
    _MADE["api"].extensions["leadlight"] = deps
    return _MADE["api"]
