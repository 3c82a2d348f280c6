"""Every place where a developer lets a value pass is found, under whatever name."""

from diskret.cli.safe_uses import find_uses

SOURCE = b"""
import diskret
import diskret as d
from diskret import safe, safe_type as typed
from elsewhere import unsafe

log.info("%s", diskret.safe(tier))
log.info("%s %s", d.safe_type(cls), name)
log.info("%s", safe(
    tier))
log.info("%s", typed(cls))
names = map(safe, tiers)
other.safe(tier)
unsafe(tier)
# diskret.safe(comment)
"""


def test_all_uses_are_found_and_nothing_else() -> None:
    assert [(use.line, use.source) for use in find_uses(SOURCE)] == [
        (7, 'log.info("%s", diskret.safe(tier))'),
        (8, 'log.info("%s %s", d.safe_type(cls), name)'),
        (9, 'log.info("%s", safe('),
        (11, 'log.info("%s", typed(cls))'),
        (12, "names = map(safe, tiers)"),
    ]
