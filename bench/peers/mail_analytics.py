"""django-mail-analytics as shipped: settings, tables, one recipient per request, and the application."""

import os
import sys
from pathlib import Path

import django
from django.conf import settings

_POSTGRES = os.environ.get("BENCH_POSTGRES")
_SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("BENCH_SQLITE", ""), "OPTIONS": {"timeout": 30}}

settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_mail_analytics"],
    ROOT_URLCONF="django_mail_analytics.urls",
    MAIL_ANALYTICS={"SCHEME": "http", "DOMAIN": "localhost"},
    LOGGING_CONFIG=None,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.postgresql", "HOST": _POSTGRES, "USER": "postgres", "NAME": "postgres"}
        if _POSTGRES
        else _SQLITE
    },
)
django.setup()

from django.core.management import call_command  # noqa: E402 - Django wants its settings first
from django.core.wsgi import get_wsgi_application  # noqa: E402 - see above
from django_mail_analytics.mail import get_hasher  # noqa: E402 - see above
from django_mail_analytics.models import Mail, MailRecipient, MailRecipientAction  # noqa: E402 - see above

app = get_wsgi_application()


def prepare(count: int) -> list[str]:
    """Makes the tables and so many recipients of one mail; the query of each one's pixel."""
    call_command("migrate", verbosity=0)
    mail = Mail.objects.create(key="offer", date="2026-11-01", sender="rita@northwind.example", subject="Our offer", body="")
    made = MailRecipient.objects.bulk_create([MailRecipient(mail=mail, recipient=f"lead{i}@customer.example") for i in range(count)])
    return [get_hasher().encode(one.pk) for one in made]


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        Path(sys.argv[2]).write_text("\n".join(prepare(int(sys.argv[3]))), "utf-8")
    else:
        print(MailRecipientAction.objects.count())
