"""The addresses for programs: the REST API, MCP, and what Slack sends. They need a key or signature in each request, so neither session, form token nor error page."""

PREFIX = "/api/v1"
MCP = "/mcp"
SLACK = "/slack"


def is_for_programs(path: str) -> bool:
    """Whether a request with this path comes from a program, not from a browser."""
    return path.startswith(("/api/", f"{SLACK}/")) or path == MCP
