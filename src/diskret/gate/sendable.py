"""Make admitted text one that every server takes: no lone surrogates, no control characters, no endless lines."""

__all__ = ["MAX_TEXT", "clean"]

MAX_TEXT = 8_192
# What servers choke on: lone surrogates (Loki refuses the whole push), NUL (databases), other controls.
_UNSENDABLE = {point: "\ufffd" for point in (*range(0x20), *range(0x7F, 0xA0)) if chr(point) not in "\t\n\r"}
_UNSENDABLE.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))


def clean(text: str) -> str:
    """Replace what servers refuse, and cut to 8,192 characters: a literal or a `safe()` value can be of any length."""
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - 1] + "…"
    return text if text.isprintable() else text.translate(_UNSENDABLE)
