"""The command line: one module a command. It needs the extra `diskret[cli]`."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name; exit with 2 where the extra is not installed."""
    try:
        from diskret.cli._app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.exit(f"diskret: the command line needs `pip install 'diskret[cli]'` ({error.name} is missing)")
    app()
