"""The weekly mail as plain text and as HTML. Pure. Names of teams, stages and sources are foreign text: escaped, and in one line each."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape

from tracker.rules.reports.weekly.content import WeeklyContent, WeeklyLine, WeeklyRow, WeeklySection

PROFILE = "/settings/me#weekly"
_WHY = "This email comes every Monday. Switch it off on your profile"
_HEAD = '<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>'
"""Readers with a dark background show their own colours."""
_CELL = "padding:3px 16px 3px 0;vertical-align:top"
_NUMBER = f"{_CELL};text-align:right;white-space:nowrap"


def plain(content: WeeklyContent, public_url: str) -> str:
    """The text part."""
    return "\n".join(_plain_lines(content, public_url))


def _plain_lines(content: WeeklyContent, url: str) -> Iterator[str]:
    yield _heading(content)
    if content.note:
        yield content.note
    for section in content.sections:
        yield from ("", one_line(section.title))
        for row in section.rows:
            yield f"- {one_line(row.label)}: {one_line(row.value)} (week before: {one_line(row.before)})"
            yield f"  {url}{row.path}"
    for title, lines in _lists(content):
        yield from ("", title)
        for line in lines:
            yield from (f"- {_joined(line)}", f"  {url}{line.path}")
    yield from ("", f"{_WHY}: {url}{PROFILE}")


def html(content: WeeklyContent, public_url: str) -> str:
    """The HTML part: the same, without images and styles of its own colours."""
    parts = [f"<p><strong>{escape(_heading(content))}</strong></p>"]
    if content.note:
        parts.append(f"<p>{escape(content.note)}</p>")
    parts += [_table(section, public_url) for section in content.sections]
    parts += [_list(title, lines, public_url) for title, lines in _lists(content)]
    parts.append(
        f'<p><small>This email comes every Monday. <a href="{escape(public_url + PROFILE)}">Switch it off on your profile</a>.</small></p>'
    )
    return f'<!doctype html><html lang="en">{_HEAD}<body style="font-family:sans-serif;line-height:1.4">{"".join(parts)}</body></html>'


def _table(section: WeeklySection, url: str) -> str:
    title = f"<h2 style='font-size:16px;margin:20px 0 4px'>{escape(one_line(section.title))}</h2>"
    head = f"<tr><th style='{_CELL}'></th><th style='{_NUMBER}'>Last week</th><th style='{_NUMBER}'>Week before</th></tr>"
    return f"{title}<table style='border-collapse:collapse'>{head}{''.join(_row(row, url) for row in section.rows)}</table>"


def _row(row: WeeklyRow, url: str) -> str:
    link = f'<a href="{escape(url + row.path)}">{escape(one_line(row.label))}</a>'
    return (
        f"<tr><td style='{_CELL}'>{link}</td><td style='{_NUMBER}'><strong>{escape(one_line(row.value))}</strong></td>"
        f"<td style='{_NUMBER}'>{escape(one_line(row.before))}</td></tr>"
    )


def _list(title: str, lines: Sequence[WeeklyLine], url: str) -> str:
    items = "".join(_item(line, url) for line in lines)
    return f"<h2 style='font-size:16px;margin:20px 0 4px'>{escape(title)}</h2><ul style='margin:0;padding-left:20px'>{items}</ul>"


def _item(line: WeeklyLine, url: str) -> str:
    detail = f"<br><small>{escape(one_line(line.detail))}</small>" if line.detail else ""
    return f'<li><a href="{escape(url + line.path)}">{escape(one_line(line.text))}</a>{detail}</li>'


def _joined(line: WeeklyLine) -> str:
    return f"{one_line(line.text)}. {one_line(line.detail)}" if line.detail else one_line(line.text)


def _lists(content: WeeklyContent) -> list[tuple[str, Sequence[WeeklyLine]]]:
    named = (("Out of the usual range", content.warnings), ("Needs action", content.actions))
    return [(title, lines) for title, lines in named if lines]


def _heading(content: WeeklyContent) -> str:
    last = content.period.end - timedelta(days=1)
    return f"{one_line(content.company)}, {_day(content.period.first)} to {_day(last)} {last.year}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def one_line(text: str) -> str:
    """The text without line breaks and control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
