"""URLs of Sentinels: what they name, and what is refused without quoting a password."""

import pytest

from tracker.base.network.sentinel_url import sentinel_target
from tracker.base.setting_parsers import parse_redis_url


def test_what_a_url_names():
    url = "rediss+sentinel://app:p%40ss%3A@s1,[fd00::1]:26380/main/2?sentinel_password=other&ssl_ca_certs=/etc/ca.pem"
    found = sentinel_target(url)
    assert found.sentinels == (("s1", 26379), ("fd00::1", 26380))
    assert (found.name, found.database, found.username, found.password) == ("main", 2, "app", "p@ss:")
    assert (found.sentinel_password, found.is_tls, found.tls_files) == ("other", True, {"ssl_ca_certs": "/etc/ca.pem"})
    assert parse_redis_url(f" {url} ") == url
    assert "p@ss" not in repr(found)
    assert "other" not in repr(found)


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        (":s3cret@host", "names no primary"),
        (":s3cret@host/", "names no primary"),
        (":s3cret@/main", "names no Sentinel"),
        (":s3cret@host:70000/main", "port"),
        (":s3cret@host:x/main", "port"),
        (":s3cret@host,:26379/main", "no host name"),
        (":s3cret@host/main/first", "number"),
        (":s3cret@host/main?passwort=s3cret", "unknown option"),
        (":s3cret@host/main/0/1", "names no primary"),
        (":s3cret@[host/main", "not a URL"),
    ],
)
def test_what_is_refused(rest: str, reason: str):
    with pytest.raises(ValueError, match=reason) as refused:
        parse_redis_url(f"redis+sentinel://{rest}")
    assert "s3cret" not in str(refused.value)
