"""Settings: read from the environment or the file, refused with a line that helps, handed on unchanged, documented."""

import re

import pytest

from tests.project import ROOT
from tracker.base.errors import BadSetting
from tracker.base.settings import as_environment, load, options
from tracker.cli.commands.doctor import _hidden, masked

DOCUMENT = ROOT / "docs" / "settings.md"


def test_every_setting_has_its_row_in_the_documentation():
    """An operator finds each setting without reading code, and no setting that does not exist."""
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE))

    assert rows == {option.metadata["env"] for option in options()} | {"LEADLIGHT_CONFIG"}


def test_ports_follow_from_the_first(tmp_path):
    """One number moves all ports."""
    settings = load({"PORT": "9000"}, tmp_path / "none")

    assert (settings.port, settings.edge_port, settings.demo_port, settings.relay_port, settings.metrics_port) == (
        9000,
        9001,
        9002,
        9003,
        9004,
    )


def test_the_environment_wins_over_the_file(tmp_path):
    """What the shell says is what counts."""
    file = tmp_path / "leadlight.toml"
    file.write_text('PORT = 9000\nTRUSTED_PROXIES = ["10.0.0.0/8", "::1"]\nHOST = "0.0.0.0"')

    settings = load({"HOST": "127.0.0.2"}, file)

    assert (settings.port, settings.host, len(settings.trusted_proxies)) == (9000, "127.0.0.2", 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PROBE_PORT", "65536"),
        ("PROBE_PORT", "-1"),
        ("MONGO_URL", "db.example.com"),
        ("SPOOL_SYNC", "off"),
        ("EDGE_WORKERS", "0"),
        ("TRUSTED_PROXIES", "all"),
        ("DNS_SERVERS", "dns.example"),
        ("DNS_SERVERS", "10.0.0.2:0"),
    ],
)
def test_a_bad_value_is_refused_by_name(tmp_path, name, value):
    """The message names the setting."""
    with pytest.raises(BadSetting, match=rf"^{name}: "):
        load({name: value}, tmp_path / "none")


@pytest.mark.parametrize("name", ["EDGE_URL", "PUBLIC_URL", "SLACK_API_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "https://links.example.com:99999",
        "https://links.example.com:0",
        "https://links.example.com:http",
        "https:/links.example.com",
        "https:links.example.com",
        "https:///o",
        "https://links.example.com/?x=1",
        "https://links.example.com/?",
        "https://links.example.com/#top",
        "https://links example.com",
        "https://links.example.com/a b",
        "https://links.example.com/\n",
        "https://links..example.com",
        "https://dana@links.example.com",
        "https://[::1",
        "https://links.example.com\\x",
        "ftp://links.example.com",
    ],
)
def test_an_address_that_cannot_work_is_refused(tmp_path, name, url):
    """It would stand in every link that is mailed."""
    with pytest.raises(BadSetting, match=rf"^{name}: not a[^\n]*$"):
        load({name: f"{url}x" if url.endswith("\n") else url}, tmp_path / "none")


@pytest.mark.parametrize(
    "url", ["https://links.example.com", "http://localhost:8081", "https://[::1]:8443", "https://example.com/links", " https://a.example/ "]
)
def test_an_address_may_have_a_port_and_a_path(tmp_path, url):
    """Without the slash at its end, since ours begin with one."""
    assert load({"EDGE_URL": url}, tmp_path / "none").edge_url == url.strip().rstrip("/")


def test_the_console_has_a_host_of_its_own(tmp_path):
    """Its pages do not work under a path, which is said at the start."""
    with pytest.raises(BadSetting, match=r"^PUBLIC_URL: has the path /leads, .* give https://example\.com"):
        load({"PUBLIC_URL": "https://example.com/leads/"}, tmp_path / "none")
    assert load({"PUBLIC_URL": "http://[::1]:8000"}, tmp_path / "none").public_url == "http://[::1]:8000"


def test_ipv6_addresses_may_be_in_brackets(tmp_path):
    """As in URLs."""
    found = load({"HOST": "[::]", "TRUSTED_PROXIES": "[::1], fd00::/8, [2001:db8::]/32"}, tmp_path / "none")
    assert found.host == "::"
    assert [str(network) for network in found.trusted_proxies] == ["::1/128", "fd00::/8", "2001:db8::/32"]
    assert load(as_environment(found), tmp_path / "none") == found


def test_a_password_is_in_no_refusal(tmp_path):
    """Not even where the address cannot be taken apart."""
    with pytest.raises(BadSetting) as caught:
        load({"MONGO_URL": "mongodb://dana:s3cret@ex\u2100mple.com"}, tmp_path / "none")

    assert "s3cret" not in str(caught.value)


def test_a_settings_file_that_cannot_be_read_is_refused(tmp_path):
    """Where it is not there, defaults hold; where it is, they would be a surprise."""
    with pytest.raises(BadSetting, match="cannot be read"):
        load({}, tmp_path)


@pytest.mark.parametrize("name", ["DATA", "SIGNING_KEYS_FILE"])
def test_a_path_in_a_circle_is_refused(tmp_path, name):
    """Links that lead to each other end nowhere."""
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")

    with pytest.raises(BadSetting, match=f"^{name}: .*is not a valid path"):
        load({name: str(tmp_path / "one")}, tmp_path / "none")


def test_an_unknown_name_in_the_file_is_refused(tmp_path):
    """A misspelt setting does not pass in silence."""
    file = tmp_path / "leadlight.toml"
    file.write_text("PROT = 9000")

    with pytest.raises(BadSetting, match="PROT"):
        load({}, file)


def test_processes_are_handed_the_same_settings(tmp_path):
    """Written as environment and read again, nothing changes."""
    given = {
        "DATA": str(tmp_path),
        "TRUSTED_PROXIES": "10.0.0.0/8,::1",
        "OUTBOUND_ALLOW": "127.0.0.1:9000, [fd00::/8]:25, 10.0.0.0/8, fd00::/16",
        "SMTP_URL": "smtp://dana:secret@mail.example.com:587",
    }
    given |= {"DNS_SERVERS": "10.0.0.2,10.0.0.3:5353,[fd00::1]:5353", "NETWORKS_FILE": "own.csv", "ASN_DATABASE": "/data/asn.mmdb"}
    settings = load(given, tmp_path / "none")

    assert load(as_environment(settings), tmp_path / "none") == settings


@pytest.mark.parametrize(("text", "expected"), [("", ""), ("OFF", "off"), ("10.0.0.2:53", "10.0.0.2"), ("fd00::1", "fd00::1")])
def test_name_servers_may_be_the_systems_or_none(tmp_path, text, expected):
    """A port of 53 goes without saying."""
    assert as_environment(load({"DNS_SERVERS": text}, tmp_path / "none"))["DNS_SERVERS"] == expected


def test_secrets_are_masked(tmp_path):
    """A support ticket may hold what doctor prints."""
    urls = {"SMTP_URL": "smtp://dana:secret@mail.example.com:587", "MONGO_URL": "mongodb://dana:secret@db.example.com/leadlight"}
    shown = masked(load(urls, tmp_path / "none"))

    assert shown["SMTP_URL"] == "smtp://dana:***@mail.example.com:587"
    assert "secret" not in "".join(shown.values())


@pytest.mark.parametrize(
    "url",
    [
        "redis://host:6379/0?password=s3cret",
        "mongodb://host/leadlight?tls=true&tlsCertificateKeyFilePassword=s3cret",
        "mongodb://dana:s3cret@one:27017,two:27017/leadlight?replicaSet=a",
        "redis://:s3cret@host",
        "smtp://dana:pa#s3cret@host",
        "smtp://dana:s3cret/@x@host",
        "redis://:s3cret://x@host",
        "mongodb://dana:s3cret@host/db?appName=http://x",
    ],
)
def test_a_secret_is_masked_wherever_it_stands(tmp_path, url):
    """In the query, behind what a URL should not have in it, without a name: never shown, and the host is."""
    shown = _hidden(url)

    assert "s3cret" not in shown
    assert "***" in shown
    assert "host" in shown or "one:27017" in shown
