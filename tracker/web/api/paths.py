"""The addresses for programs: the REST API and MCP. They need a key in each request, so neither session, form token nor error page."""

PREFIX = "/api/v1"
MCP = "/mcp"


def is_for_programs(path: str) -> bool:
    """Whether a request with this path comes from a program, not from a browser."""
    return path.startswith("/api/") or path == MCP
