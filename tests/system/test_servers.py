"""The embedded servers have the required features."""

from typing import Any

import redis as redis_py
from pymongo.database import Database

from tracker.base.settings import Settings


def test_the_embedded_mongodb_knows_transactions(mongo: Database[dict[str, Any]]) -> None:
    """A replica set of one takes a transaction, all or nothing."""
    with mongo.client.start_session() as session, session.start_transaction():
        mongo.leads.insert_one({"_id": "dana"}, session=session)
        session.abort_transaction()

    assert mongo.leads.count_documents({}) == 0


def test_the_embedded_valkey_keeps_an_append_only_file(redis: redis_py.Redis) -> None:
    """Written data survives a crash."""
    assert redis.config_get("appendonly") == {"appendonly": "yes"}


def test_test_settings_point_at_the_test_servers(settings: Settings, mongo: Database[dict[str, Any]]) -> None:
    """The settings of a test name the database that the test sees."""
    assert mongo.name in settings.mongo_url
