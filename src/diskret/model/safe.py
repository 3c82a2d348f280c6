"""`safe(x)`: the named, greppable way in which a developer lets a string or a class name leave the machine.

Nothing else turns a run-time string into text that passes the gate. Search a code base for `diskret.safe` to
review every such place.
"""

__all__ = ["Safe", "safe", "safe_type"]


class Safe:
    """A string that a developer declared harmless; logs of other handlers show it as the string itself."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return repr(self.text)

    def __format__(self, spec: str) -> str:
        return format(self.text, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Safe) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


def safe(value: str) -> Safe:
    """Let this string pass the gate as it is. It must never hold anything about a person.

    Only an exact `str` is taken (a subclass could run code): anything else raises TypeError.
    """
    if type(value) is not str:
        raise TypeError(f"safe() takes a str, not {type(value).__name__}")
    return Safe(value)


def safe_type(cls: type) -> Safe:
    """Let the name of this class pass the gate, also where it was made at run time."""
    if not isinstance(cls, type):
        raise TypeError(f"safe_type() takes a class, not {type(cls).__name__}")
    name = type.__dict__["__name__"].__get__(cls)
    return Safe(str(name))
