"""The RQ jobs: their names are stable, since jobs of an earlier version may wait in Redis during an upgrade."""

import pytest
from rq.serializers import JSONSerializer

from tests.scenes import make_scene
from tracker.actions.deps import Deps
from tracker.rq_queue import OurJob
from workers import jobs


@pytest.mark.parametrize(("name", "queue"), [("workers.jobs.recount", "live"), ("workers.jobs.recount_bulk", "bulk")])
def test_a_job_enqueued_by_an_earlier_version_runs(deps: Deps, name: str, queue: str) -> None:
    """It recomputes what is marked in its queue."""
    scene = make_scene(deps)
    deps.store.dirty.mark_many([(scene.workspace.id, "lead", scene.lead().id, deps.now())], queue=queue)
    OurJob.create(name, id="waiting", connection=deps.redis, serializer=JSONSerializer).save()
    jobs.install(deps)

    waiting = OurJob.fetch("waiting", connection=deps.redis, serializer=JSONSerializer)

    assert waiting.perform() == 1
    assert not deps.store.dirty.counts()
