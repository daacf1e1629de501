"""What `leadlight demo` does, as functions: make, remove, play live, fill. Called by tracker.cli, which prints."""

from collections.abc import Callable

from tracker.actions import demo, demo_fill
from tracker.actions.deps import Deps
from tracker.demo.walker import Walker
from tracker.domain.workspaces import Workspace


def create(deps: Deps) -> tuple[Workspace, str, str]:
    """`leadlight demo`: the demo workspace, the address of its site, the address of its inbox."""
    found = demo.create_demo(deps)
    site = found.sites[0].origins[0]
    return found, f"{site}/", f"{site}/inbox"


def remove(deps: Deps) -> bool:
    """`leadlight demo --remove`: whether there was one."""
    return demo.remove_demo(deps)


def live(deps: Deps, say: Callable[[str], None], walks: int = 1) -> int:
    """`leadlight demo --live`: makes the demo if need be and sends leads over its site, here and now; how many walked.

    Raises httpx.HTTPError where the edge does not answer, PyMongoError.
    """
    walker = Walker(deps, demo.create_demo(deps))
    done = 0
    for _ in range(walks):
        trip = walker.next_trip()
        if trip is None:
            break
        seconds = sum(stop.seconds for stop in trip.stops)
        say(f"{trip.lead.name} walks the demo site for {seconds:.0f} s: {', '.join(stop.path for stop in trip.stops)}")
        walker.walk(trip)
        done += 1
    return done


def fill(
    deps: Deps, *, events: int, leads: int, seed: int, workspace: str | None = None, progress: Callable[[int], None] | None = None
) -> int:
    """`leadlight demo --events N --leads M --seed S`: fills the demo workspace, or a named one; how many events were added."""
    target = workspace or demo.create_demo(deps, wait=0).id
    return demo_fill.fill(deps, target, events=events, leads=leads, seed=seed, progress=progress)
