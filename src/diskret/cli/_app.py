"""The list of commands."""

import typer

from diskret.cli.collect import collect
from diskret.cli.demo import demo
from diskret.cli.doctor import doctor
from diskret.cli.safe_uses import safe_uses

__all__ = ["app"]

app = typer.Typer(
    name="diskret",
    help="Crash reports and logs that leave without personal data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # they show local variables
)
app.command()(collect)
app.command()(demo)
app.command()(doctor)
app.command()(safe_uses)
