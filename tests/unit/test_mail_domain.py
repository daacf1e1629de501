"""What is known of a mail domain's service, over time."""

from datetime import UTC, datetime, timedelta

from tracker.domain.mail.mail_domain import MailDomain

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NEW = MailDomain(id="acme.example", next_at=NOON)


def scans(domain: MailDomain, sent_at: datetime) -> bool | None:
    service = domain.service_at(sent_at)
    return service.scans if service else None


def test_a_message_keeps_the_service_of_its_time():
    """A later answer also counts for the ten minutes before, whose messages are marked; the first one for all earlier messages."""
    moved = NEW.answered(["mx"], "Microsoft", True, NOON).answered(["mx2"], "Google", False, NOON + 9 * DAY)
    moments = (-30 * DAY, DAY, 9 * DAY - 11 * MINUTE, 9 * DAY - 10 * MINUTE, 9 * DAY)
    assert [scans(moved, NOON + at) for at in moments] == [True, True, True, False, False]


def test_only_the_first_answer_counts_for_earlier_messages():
    """Also after failures; not once the service was looked up and is unknown."""
    late = NEW.failed(NOON).failed(NOON + HOUR).answered(["mx"], "Microsoft", True, NOON + DAY)
    for hosts in (["own.example"], []):
        moved = NEW.answered(hosts, "", None, NOON).answered(["mx"], "Microsoft", True, NOON + 9 * DAY)
        assert [scans(moved, NOON + at) for at in (-DAY, DAY, 9 * DAY)] == [None, None, True]
    assert scans(late, NOON) is True
    assert late.changed_scans(NEW.failed(NOON).failed(NOON + HOUR))


def test_an_equal_answer_is_no_change():
    """An unknown service is none, unless another was known."""
    known = NEW.answered(["mx"], "Microsoft", True, NOON)

    assert known.answered(["mx2"], "Microsoft", True, NOON + 9 * DAY).services == known.services
    assert NEW.answered([], "", None, NOON).services == ()
    assert len(known.answered([], "", None, NOON + DAY).services) == 2


def test_a_failed_look_up_is_repeated_after_an_hour_then_daily():
    """For a week; what was known stays."""
    known = NEW.answered(["mx"], "Microsoft", True, NOON)
    once = known.failed(NOON)
    twice = once.failed(NOON + HOUR)
    often = twice
    for _ in range(5):
        often = often.failed(NOON)

    assert (once.next_at, twice.next_at, often.next_at) == (NOON + HOUR, NOON + HOUR + DAY, None)
    assert often.services == known.services
    assert often.answered(["mx"], "Microsoft", True, NOON).failures == 0


def test_messages_are_marked_until_the_look_up_is_complete():
    """The process may die between the answer and the marks."""
    saved = NEW.answered(["mx"], "Microsoft", True, NOON)
    again = MailDomain(id=NEW.id, next_at=NOON, services=saved.services)
    complete = saved.answered(["mx"], "Microsoft", True, NOON + 8 * DAY)

    assert saved.changed_scans(NEW)
    assert again.answered(["mx"], "Microsoft", True, NOON + MINUTE).changed_scans(again)
    assert not complete.changed_scans(saved)
    assert not NEW.answered(["mx"], "", None, NOON).changed_scans(NEW)
    assert saved.answered(["mx"], "Google", False, NOON + 8 * DAY).changed_scans(saved)
    assert not saved.answered(["mx"], "Mimecast", True, NOON + 8 * DAY).changed_scans(saved)
