"""Whoever did something, as people know him: by the name of his key."""

from __future__ import annotations

from service.web.guard import Guard


class KeyNames:
    """The names of keys. ``guard``: None where nobody is asked for one."""

    def __init__(self, guard: Guard | None) -> None:
        self._guard = guard

    def of(self, key_id: str | None) -> str:
        """Who has that key; None: who did it needed none."""
        if key_id is None:
            return "somebody without a key"
        name = None if self._guard is None else self._guard.name_of(key_id)
        return f"the key {key_id}" if name is None else name
