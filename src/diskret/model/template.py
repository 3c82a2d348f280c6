"""`Template`: the words that a developer typed at one call, and the holes between them that values fill."""

from typing import NamedTuple

__all__ = ["Hole", "Parameter", "Template", "Templates"]


class Hole(NamedTuple):
    """A value's place. `source` is the expression as it stands in the source, "" where only the bytecode is there."""

    source: str


class Template(NamedTuple):
    """Literal words and holes, in order. No two holes touch: what two values form together is one piece."""

    parts: tuple[str | Hole, ...]

    @property
    def text(self) -> str:
        """Write the template with its holes in braces."""
        return "".join([part if isinstance(part, str) else f"{{{part.source}}}" for part in self.parts])

    @property
    def is_literal(self) -> bool:
        """Tell whether there are no holes."""
        return all(isinstance(part, str) for part in self.parts)

    @property
    def says_something(self) -> bool:
        """Tell whether there is a word in it, not only holes and blanks."""
        return any(isinstance(part, str) and part.strip() for part in self.parts)


class Parameter(NamedTuple):
    """The message is a parameter of the calling function: its own caller has the words."""

    name: str


class Templates(NamedTuple):
    """What can stand at a call: the templates of its message (several for a conditional), or a parameter passed on.

    `formatted`: what its literals become where the callee formats them before the text is captured.
    """

    choices: tuple[Template, ...]
    parameter: Parameter | None = None
    formatted: tuple[Template, ...] = ()
