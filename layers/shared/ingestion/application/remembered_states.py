"""Playback states in memory, for whoever folds archived points anew."""

from collections.abc import Mapping, Sequence
from copy import replace
from dataclasses import dataclass, field

from ingestion.domain.playback_state import PlaybackState


@dataclass
class RememberedStates:
    """Playback states; they begin empty, so a playback is folded as if for the first time."""

    states: dict[str, PlaybackState] = field(default_factory=dict[str, PlaybackState])

    def load(self, keys: Sequence[str]) -> Mapping[str, PlaybackState]:
        """The states that there are."""
        return {key: self.states[key] for key in keys if key in self.states}

    def save(self, state: PlaybackState) -> bool:
        """Keep a state; nobody else writes here."""
        self.states[state.key] = replace(state, version=state.version + 1)
        return True

    def forget_expired(self, now_s: int) -> None:
        """Drop what no message can reach any more."""
        self.states = {k: state for k, state in self.states.items() if state.expires_at_s > now_s}
