"""Scripts, styles and images. A page names them with the release, a digest of all of them, so that browsers keep them and ask for none twice.

Scripts import each other by relative paths, so one release in the path of a page's script covers all. They need no build step. A process serves
what it read at its start, also while an upgrade replaces the files.
"""

import mimetypes
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, abort, request

_YEAR = 365 * 24 * 3600
_MARK = "r-"


def install(app: Flask) -> None:
    """Serves them, and provides `asset(name)` to every template: the path of a file."""
    folder = Path(str(app.static_folder))
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    tags = {name: sha256(content).hexdigest()[:16] for name, content in files.items()}
    current = _MARK + sha256(repr(tags).encode()).hexdigest()[:12]
    app.jinja_env.globals["asset"] = lambda name: f"/static/{current}/{name}"

    def serve(filename: str) -> Response:
        release, _, rest = filename.partition("/")
        name = rest if release.startswith(_MARK) else filename
        if name not in files:
            abort(404)
        response = Response(files[name], mimetype=mimetypes.guess_type(name)[0])
        response.set_etag(tags[name])
        if release == current:
            response.cache_control.public = response.cache_control.immutable = True
            response.cache_control.max_age = _YEAR
        else:  # of no page, or of a page of the release before or after, while one replaces the other
            response.cache_control.no_cache = True
        return response.make_conditional(request)  # type: ignore[return-value]

    app.view_functions["static"] = serve
