"""Which rows are in sight and which one is chosen, by key rather than by place. Pure.

The cursor stays on its row when rows are added, removed or sorted around it; if its row goes, it takes the row
that came into that place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Viewport:
    """Keys in order, a window of `height` of them from `top`, and a cursor.

    Until somebody moves the cursor it is not `held` to a row: it stays on the first, whichever that is.
    """

    keys: Sequence[str] = ()
    height: int = 0
    top: int = 0
    index: int = 0
    held: bool = False
    _places: dict[str, int] = field(default_factory=dict)

    @property
    def cursor(self) -> str | None:
        """The key under the cursor; None if there are no rows."""
        return self.keys[self.index] if self.keys else None

    @property
    def visible(self) -> Sequence[str]:
        """The keys in sight, from the top."""
        return self.keys[self.top : self.top + self.height]

    @property
    def overflows(self) -> bool:
        """There are more rows than fit."""
        return len(self.keys) > self.height

    def arrange(self, keys: Sequence[str]) -> None:
        """Takes the rows' new order."""
        was = self.cursor
        was_in_sight = self.top <= self.index < self.top + self.height
        self.keys = keys
        self._places = {key: place for place, key in enumerate(keys)}
        if self.held and was is not None:
            self.index = self._places.get(was, self.index)
        self._clamp()
        if was_in_sight:
            self._show_cursor()

    def resize(self, height: int) -> None:
        """Takes the height of the window in rows."""
        self.height = max(0, height)
        self._clamp()
        self._show_cursor()

    def move(self, rows: int) -> None:
        """Moves the cursor, and the window with it."""
        self.held = True
        self.index += rows
        self._clamp()
        self._show_cursor()

    def go_to(self, index: int) -> None:
        """Puts the cursor on a place; past either end means that end."""
        self.move(index - self.index)

    def select(self, key: str) -> bool:
        """Puts the cursor on a row; False if there is none of that key."""
        if key not in self._places:
            return False
        self.go_to(self._places[key])
        return True

    def scroll(self, rows: int) -> None:
        """Moves the window and leaves the cursor where it is."""
        self.top += rows
        self._clamp()

    def thumb(self) -> range:
        """The lines of the window that a scroll bar's thumb covers; empty if everything is in sight."""
        if not self.overflows or not self.height:
            return range(0)
        size = max(1, self.height * self.height // len(self.keys))
        room = self.height - size
        start = round(room * self.top / (len(self.keys) - self.height))
        return range(start, start + size)

    def _clamp(self) -> None:
        self.index = max(0, min(self.index, len(self.keys) - 1))
        self.top = max(0, min(self.top, len(self.keys) - self.height))

    def _show_cursor(self) -> None:
        if self.index < self.top:
            self.top = self.index
        elif self.height and self.index >= self.top + self.height:
            self.top = self.index - self.height + 1
