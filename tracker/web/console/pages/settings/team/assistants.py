"""Settings, Developers, Assistants: the lines to paste into programs that speak MCP, and the tools that they get. For admins."""

import json
from dataclasses import dataclass

from flask import Blueprint, render_template

from tracker.web.api.mcp.calls import tools
from tracker.web.api.paths import MCP
from tracker.web.console.auth import admin, deps

blueprint = Blueprint("assistants", __name__, url_prefix="/settings")

_KEY = "YOUR_KEY"
_HEADER = f"Bearer {_KEY}"


@dataclass(frozen=True, slots=True)
class AssistantLines:
    """What to paste for one program. `place` says where."""

    name: str
    place: str
    text: str


@blueprint.get("/assistants")
@admin
def assistants() -> str:
    """The page."""
    url = f"{deps().settings.public_url}{MCP}"
    return render_template(
        "settings/assistants.html", section="settings", tab="keys", url=url, lines=lines_of(url), tools=list(tools().values())
    )


def lines_of(url: str) -> list[AssistantLines]:
    """The lines for each program, with this address."""
    remote = ["-y", "mcp-remote", url, *(["--allow-http"] if url.startswith("http:") else []), "--header", "Authorization:${AUTHORIZATION}"]
    desktop = {"mcpServers": {"leadlight": {"command": "npx", "args": remote, "env": {"AUTHORIZATION": _HEADER}}}}
    asked = {"type": "promptString", "id": "leadlight-key", "description": "Leadlight API key", "password": True}
    server = {"type": "http", "url": url, "headers": {"Authorization": "Bearer ${input:leadlight-key}"}}
    return [
        AssistantLines(
            "Claude Code", "In a terminal", f'claude mcp add --transport http leadlight {url} --header "Authorization: {_HEADER}"'
        ),
        AssistantLines("Claude Desktop", "Settings, Developer, Edit config; needs Node.js", _pretty(desktop)),
        AssistantLines(
            "Cursor", "~/.cursor/mcp.json", _pretty({"mcpServers": {"leadlight": {"url": url, "headers": {"Authorization": _HEADER}}}})
        ),
        AssistantLines("VS Code", ".vscode/mcp.json; it asks for the key", _pretty({"inputs": [asked], "servers": {"leadlight": server}})),
        AssistantLines("Other programs", "Transport “streamable HTTP”, with this header", f"{url}\nAuthorization: {_HEADER}"),
    ]


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2)
