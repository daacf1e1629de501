"""The response with a file of a message, which browsers save and never show. Used by API and console."""

from flask import Response
from werkzeug.http import dump_options_header

from tracker.mail.mime import FilePart


def attachment_response(file: FilePart) -> Response:
    """The file as a download. It comes from a rep and may hold a script: no browser may run it in the console's origin."""
    answer = Response(file.content, content_type="application/octet-stream")
    plain = file.name.encode("ascii", "replace").decode().replace("?", "_")
    names = {"filename": plain} if plain == file.name else {"filename": plain, "filename*": file.name}
    answer.headers["Content-Disposition"] = dump_options_header("attachment", names)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
