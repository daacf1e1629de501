"""The team: reps who work together, with a leader and a territory. Part of the workspace."""

import msgspec


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """Some reps of one workspace. A rep may be in several teams; a leader need not be a member."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    """Ids of reps."""
    leader: str | None = None
    """The rep who is told when a member did not act in time."""
    territory: tuple[str, ...] = ()
    """ISO 3166 codes of the countries that the team is responsible for."""

    def includes(self, rep: str) -> bool:
        """Whether the rep is a member or the leader."""
        return rep in self.members or rep == self.leader
