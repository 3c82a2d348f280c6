"""What is the same for every record of a log call: where it stands, its logger, the keys that it names, its words."""

from typing import NamedTuple

from diskret.gate.frames import admit_frame
from diskret.gate.names import function_name, logger_name, module_of
from diskret.gate.render import Part, parts_of
from diskret.gate.sendable import clean
from diskret.gate.sources import Sources
from diskret.gate.template import keys_at, literal_at
from diskret.model.records import FrameReport, FrameSnapshot, LogSignal, Site

__all__ = ["CallSite", "call_site"]


class CallSite(NamedTuple):
    """A log call as it may leave. `literal`: its message, if that is one literal; `parts`: what it is made of."""

    logger: str
    module: str
    function: str
    line: int
    keys: frozenset[str]
    literal: str | None
    template: str
    parts: tuple[Part, ...]


def call_site(signal: LogSignal, sources: Sources) -> CallSite:
    """Give the call site of a record; read once for all records that say the same of it."""
    site = signal.sites[0] if signal.sites else None
    logger, path, line, function = signal.logger, signal.path, signal.line, signal.function
    if type(logger) is not str or type(path) is not str or type(line) is not int or type(function) is not str:
        return _read(signal, site, sources)  # made by hand, of who knows what
    key = (0 if site is None else id(site.code), 0 if site is None else site.lasti, line, logger, path, function)
    # The answer keeps the code object, so that its id cannot be taken over by another one.
    return sources.once(key, lambda: (_read(signal, site, sources), site))[0]


def _read(signal: LogSignal, site: Site | None, sources: Sources) -> CallSite:
    place = _place(signal, site, sources)
    literal = None if site is None else literal_at(site, sources)
    return CallSite(
        logger=clean(logger_name(signal.logger, None if site is None else site.code, sources)),
        module=place.module,
        function=place.function,
        line=place.line,
        keys=frozenset() if site is None else keys_at(site, sources),
        literal=literal,
        template=clean(literal or ""),
        parts=() if literal is None else parts_of(literal),
    )


def _place(signal: LogSignal, site: Site | None, sources: Sources) -> FrameReport:
    """Say where the call stands: as the record says (`stacklevel` is the developer's), if that can be true."""
    if site is not None and site.code.co_filename == signal.path and site.code.co_name == signal.function:
        return admit_frame(FrameSnapshot(site.code, site.lasti), sources)
    file = sources.file(signal.path)
    if file is None:
        return FrameReport("‹module›", "‹function›", 0, "", False)
    line = signal.line if type(signal.line) is int and 0 < signal.line <= len(file.lines) else 0
    function = function_name(signal.function, signal.path, sources)
    return FrameReport(module_of(file.path), function, line, file.path, file.in_app)
