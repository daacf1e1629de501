"""Imported files as products and spreadsheets write them: headings, encodings, damage, cells."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tracker.rules.imports import cells, dates, encodings
from tracker.rules.imports.column_checks import ColumnChecks
from tracker.rules.imports.headings import columns_of, guessed, heading_key, with_addresses
from tracker.rules.imports.people import full_name
from tracker.rules.imports.tables import table_of

GOOGLE = "First Name,Middle Name,Last Name,Organization Name,Organization Title,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value"
OUTLOOK = "Title,First Name,Last Name,Company,Job Title,Business Phone,Mobile Phone,E-mail Address,E-mail 2 Address,Notes"
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Unsubscribed from all email,Create Date,Associated Company"
)
SALESFORCE = "Salutation,First Name,Last Name,Title,Account Name,Email,Mobile,Lead Source,Lead Owner,Email Opt Out,Created Date"
PIPEDRIVE = "Person - Name,Person - Organization,Person - Email - Work,Person - Phone - Mobile,Deal - Value,Deal - Currency,Deal - Stage"
MAILCHIMP = '"Email Address","First Name","Last Name","MEMBER_RATING","OPTIN_TIME","UNSUB_TIME","TAGS"'


def rows_of(text):
    """Mapping and rows of a file."""
    table = table_of(text)
    mapping = guessed(table.header)
    return table, mapping, [row.cells for row in table.rows(columns_of(mapping, "email"))]


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (GOOGLE, "first middle last company job_title tags email phone"),
        (OUTLOOK, "prefix first last company job_title phone phone email email note"),
        (HUBSPOT, "fields.Record ID first last email phone owner stage opted_out created_at company"),
        (SALESFORCE, "prefix first last job_title company email phone source owner opted_out created_at"),
        (PIPEDRIVE, "name company email phone value value_currency stage"),
        (MAILCHIMP, "email first last created_at opted_out tags"),
        ("1. E-Mail-Adresse*;2. Vorname;3. Nachname;Telefon (geschäftlich);Fälligkeit;Verlustgrund", "email first last phone action_due lost_reason"),
        ("Prénom,Nom,Société,Courriel,Téléphone portable,Étape", "first last company email phone stage"),
        ("Nombre,Apellidos,Empresa,Correo electrónico,Móvil,Fuente", "first last company email phone source"),
        ("Nome,Cognome,Azienda,Posta elettronica,Cellulare,Ruolo", "first last company email phone job_title"),
        ("Nome,Sobrenome,Empresa,E-mail,Telemóvel,Responsável", "first last company email phone owner"),
        ("Voornaam,Tussenvoegsel,Achternaam,Bedrijf,E-mailadres,Mobiel,Functie", "first particle last company email phone job_title"),
    ],
    ids=["google", "outlook", "hubspot", "salesforce", "pipedrive", "mailchimp", "german", "french", "spanish", "italian", "portuguese", "dutch"],
)  # fmt: skip
def test_headings_name_fields(header, fields):
    """Of six products and seven languages, whatever their accents, numbering and punctuation."""
    table = table_of(header + "\n")
    assert list(guessed(table.header).values()) == list(_words(fields))


def _words(fields):
    found = fields.split()
    return ["fields.Record ID", *found[2:]] if found[0] == "fields.Record" else found


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("id,lead_name,name,email_1,primary_phone", "fields.id company name email phone"),
        ("Customer name;Contact name;Mail;Telefono (uff.);Handy (privat)", "company name email phone phone"),
        ("Lead name,Email,Phone type,Telefoon op werk,SMS", "name email phone phone"),
        ("Vorname;Nachname;E-Mail;Zugeordnetes Unternehmen;Jobbezeichnung", "first last email company job_title"),
    ],
)
def test_headings_are_read_by_their_neighbours_and_their_beginning(header, fields):
    """A lead's name is a company's beside a person's; a word for a telephone may be followed by any other."""
    table = table_of(header + "\n")
    assert list(guessed(table.header).values()) == fields.split()


@pytest.mark.parametrize(
    ("text", "rows", "damages"),
    [
        ('Email,Name\na@x.example,Ann\nb@x.example,"Bob\n', [["a@x.example", "Ann"], ["b@x.example", "Bob\n"]], 1),
        ('Email,Size\na@x.example,5" pipe\n', [["a@x.example", '5" pipe']], 0),
        ('"Email,Name,Note"\n"a@x.example,Ann,""x, y"""\n', [["a@x.example", "Ann", "x, y"]], 0),
        ('"Email"\n"a@x.example"\n', [["a@x.example"]], 0),
        ('"Email","Name"\n"a@x.example","Ann"\n', [["a@x.example", "Ann"]], 0),
        ("Email,Name\na@x.example,A\0nn\n" + "b@x.example,Bob\n" * 9, [["a@x.example", "Ann"], *[["b@x.example", "Bob"]] * 9], 0),
    ],
)
def test_more_damages(text, rows, damages):
    """A quotation mark left open until the end, lines in quotation marks as a whole, and a NUL."""
    table, _, found = rows_of(text)
    assert (found, len(table.damages)) == (rows, damages)


def test_a_heading_is_compared_by_its_letters():
    """Numbers alone are headings of their own."""
    assert heading_key(" 2) E_Mail-Adrésse (Pflichtfeld)*") == "emailadresse"
    assert heading_key("2024") == "2024"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "a@x.de,Jörg Müller, François Lefèvre – Zoë"),
        ("mac_roman", "a@x.de,Jörg Müller, René Été"),
        ("cp850", "a@x.de,Jörg Müller, Größe"),
        ("cp1250", "a@firma.pl,Łukasz Żółć, Małgorzata Świątek"),
        ("cp1251", "a@x.com,Иван Петров"),
        ("koi8_r", "a@x.ru,Иван Петров"),
        ("cp1253", "a@x.gr,Γιώργος Παπαδόπουλος"),
        ("cp1254", "a@x.tr,Ayşe Yıldız"),
        ("shift_jis", "a@x.jp,田中太郎"),
        ("utf-16-le", "a@x.jp,Jörg"),
        ("utf-8", "a@x.jp,Jörg 田中"),
    ],
)
def test_the_encoding_is_guessed_from_names(encoding, text):
    """The letters come out right, without a mark."""
    data = f"email,name\n{text}\n".encode(encoding)
    assert encodings.decoded(data, encodings.guess(data)) == f"email,name\n{text}\n"


def test_lines_of_another_program_are_mended():
    """Some bytes of Windows-1252 in a file of UTF-8, and text that was encoded twice."""
    data = "é,ü,ö,ß\n".encode() + b"Andr\xe9\n"
    assert encodings.decoded(data, encodings.guess(data)).endswith("André\n")
    assert cells.clean("MÃ¼ller") == "Müller"
    assert encodings.sample("a,Müller,x") == ["Müller"]


def test_headings_may_come_later_and_may_be_missing():
    """Within the first ten lines; a file of people alone gets numbered columns."""
    table, mapping, rows = rows_of("Contacts of 2026\n\nName;E-Mail\nA;a@b.de\n")
    assert (table.header_line, mapping, rows) == (3, {0: "name", 1: "email"}, [["A", "a@b.de"]])
    table, mapping, rows = rows_of("Anna,a@b.de\nBob,b@b.de\n")
    assert (table.header_line, len(rows)) == (0, 2)
    assert with_addresses(mapping, rows)[1] == "email"


def test_damage_is_told_with_its_lines_and_loses_no_one():
    """An open quotation mark, and separators in cells without quotes."""
    table, _, rows = rows_of('email,name,note\na@x.de,"Bob,hi\nb@x.de,Ann,foo\nc@x.de,"Zed",bar\nd@x.de,Q,"two\nlines, with, separators"\n')
    assert [row[0] for row in rows] == ["a@x.de", "b@x.de", "c@x.de", "d@x.de"]
    assert rows[0][1] == "Bob"
    assert [(one.line, one.last) for one in table.damages] == [(2, 4)]
    table, _, rows = rows_of("name,company,email\nBob,Acme, Inc.,b@x.de\nAnn,Acme,Inc.,a@x.de\n")
    assert rows[0] == ["Bob", "Acme, Inc.", "b@x.de"]
    assert [one.line for one in table.damages] == [2, 3]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ({"first": "Vincent", "particle": "van", "last": "Gogh"}, "Vincent van Gogh"),
        ({"name": "Whitfield, Dana"}, "Dana Whitfield"),
        ({"name": "Müller", "first": "Jörg"}, "Jörg Müller"),
        ({"name": "Jörg Müller", "first": "Jörg"}, "Jörg Müller"),
        ({"name": "Dana Whitfield, MBA"}, "Dana Whitfield, MBA"),
        ({"first": "Ana", "last": "García", "second_last": "López"}, "Ana García López"),
        ({}, ""),
    ],
)
def test_names_are_put_together(raw, name):
    """From the parts that the product exports."""
    assert full_name(raw) == name


def test_cells_lose_what_a_spreadsheet_put_around_them():
    """Formulas, marks without width, error values; a person may be called Null."""
    assert [cells.clean(cell) for cell in ('="0123"', "\u200bx\u00a0", "#N/A", "NULL", "-")] == ["0123", "x", "", "", ""]
    assert cells.clean("Null", is_name=True) == "Null"
    assert [cells.phone(text) for text in ("4.91701234567E+11", "491701234567.0", "+49 (0)1", "4.917E+11", "####")] == [
        "491701234567",
        "491701234567",
        "+49 (0)1",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dana <d@x.de>", ["d@x.de"]),
        ("a@x.de; b@x.de", ["a@x.de", "b@x.de"]),
        ("a@x.de ::: b@x.de", ["a@x.de", "b@x.de"]),
        ("mailto:a@x.de.", ["a@x.de"]),
        ("no address", ["no address"]),
    ],
)
def test_a_cell_may_hold_several_addresses(text, found):
    """And a name, or what a link put before it."""
    assert cells.addresses(text)[0] == found


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05",
        "05.03.2026",
        "5.3.26",
        "46086",
        "5 March 2026",
        "5. März 2026",
        "5 de marzo de 2026",
        "March 5, 2026",
        "1772665200",
        "2026-03-04T23:00:00Z",
    ],
)
def test_dates_are_read_as_people_and_spreadsheets_write_them(text):
    """A mere date is midnight in the workspace's zone."""
    assert dates.moment(text, ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 5, tzinfo=ZoneInfo("Europe/Berlin"))


def _order(*cells, chosen=""):
    checks = ColumnChecks(["Created"], {0: "created_at"})
    for line, cell in enumerate(cells, start=2):
        checks.see(line, [cell])
    orders = checks.orders({"0": chosen} if chosen else {})
    return orders["0"], checks.remarks(orders)


@pytest.mark.parametrize(
    ("heading", "field", "cells", "said"),
    [
        ("Phone", "phone", ["491701234567", "+49 30 1", ""], "1 cell (line 2) without a plus"),
        ("Phone", "phone", ["4,91701E+11", "1.70123E+11"], "2 cells (lines 2, 3) rounded"),
        ("Phone", "phone", ["2025550123", "1 202 555 0123", "0170123456", "+491701234567", "030-1234567"], ""),
        ("Account ID", "fields.Account ID", ["1.23457E+14", "A-12", "17"], "1 cell (line 2) rounded"),
        ("PLZ", "fields.PLZ", ["1067", "10115", "20095"], "1 cell (line 2) with four digits"),
        ("PLZ", "fields.PLZ", ["1010", "8001"], ""),
        ("Contract date", "fields.Contract date", ["46086", "2026-03-05"], "1 cell (line 2) with a number in place of a date"),
        ("Employees", "fields.Employees", ["46086", "12"], ""),
    ],
)
def test_numbers_that_a_spreadsheet_rewrote_are_named(heading, field, cells, said):
    """By what the column and its heading tell; usual numbers are not."""
    checks = ColumnChecks([heading], {0: field})
    for line, cell in enumerate(cells, start=2):
        checks.see(line, [cell])
    remarks = checks.remarks(checks.orders({}))
    assert len(remarks) == bool(said)
    assert all(said in remark for remark in remarks)


def test_the_order_of_day_and_month_is_told_by_the_column():
    """One date that fits only one order is enough; none of them fits no date."""
    assert _order("03/05/2026", "03/25/2026") == ("month", [])
    assert _order("03/05/2026", "25/03/2026") == ("day", [])
    assert _order("03.05.2026", "2026-03-04", "05/05/2026", "") == ("day", [])
    assert _order("03/25/2026", "03/05/2026", chosen="day") == ("month", [])
    assert _order("3-5-26")[0] == "day"
    assert _order("03/05/2026 3:04 PM")[0] == "month"
    assert _order("03/05/2026", chosen="month")[0] == "month"
    assert "all fit day first and month first. They are read as day first" in _order("03/05/2026")[1][0]
    assert "some name the day first, some the month" in _order("25/03/2026", "03/25/2026", "03/05/2026")[1][0]
    assert dates.moment("03/05/2026 3:04 PM", ZoneInfo("UTC"), month_first=True).isoformat() == "2026-03-05T15:04:00+00:00"
    assert dates.moment("31/31/2026", ZoneInfo("UTC")) is None
