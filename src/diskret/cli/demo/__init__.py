"""`diskret demo`: a real application's crash and logs, without diskret and with it, and which of its data left."""

import sys

from rich.console import Console

from diskret.cli.demo.comparison import compare

__all__ = ["demo"]


def demo() -> None:
    """Run an example application twice against a local collector, and show which personal data left each time.

    Exit code 1 if diskret let a planted value pass, or if nothing arrived through it.
    """
    sys.exit(compare(Console()))
