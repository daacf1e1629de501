"""Compiled templates of the console, kept for the whole run: each test has an app of its own, and compiling took a third of its time."""

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from tracker.actions.deps import Deps
from tracker.web.console.app import create_app


class CompiledTemplates(BytecodeCache):
    """Code by template and source text, in memory."""

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


def console_app(deps: Deps) -> Flask:
    """The console as it is served, with templates that another test compiled."""
    app = create_app(deps)
    app.jinja_env.bytecode_cache = _COMPILED
    return app
