"""Frames and exceptions as they may leave: module, function, line, path below the import root; never a variable."""

from diskret.gate.names import exception_name, function_name, module_of
from diskret.gate.sendable import clean
from diskret.gate.sources import Sources, line_of
from diskret.gate.values import exception_text
from diskret.model.records import ExceptionReport, ExceptionSnapshot, FrameReport, FrameSnapshot

__all__ = ["admit_exceptions", "admit_frame"]

_ELSEWHERE = FrameReport("‹module›", "‹function›", 0, "‹not in an import root›", False)


def admit_frame(frame: FrameSnapshot, sources: Sources) -> FrameReport:
    """Give a frame of code that stands in a file of an import root; of other code only that there was some."""
    code = frame.code
    file = sources.file(code.co_filename)
    if file is None:
        shipped = sources.shipped(code)
        if shipped is not None:
            path, in_app = shipped
            return FrameReport(module_of(path), code.co_name, line_of(code, frame.lasti), path, in_app)
        return _ELSEWHERE
    line = line_of(code, frame.lasti)
    return FrameReport(
        module=module_of(file.path),
        function=function_name(code.co_name, code.co_filename, sources),
        line=line if 0 < line <= len(file.lines) else 0,
        path=file.path,
        in_app=file.in_app,
    )


def admit_exceptions(exceptions: tuple[ExceptionSnapshot, ...], sources: Sources) -> tuple[ExceptionReport, ...]:
    """Give each exception of a chain with its class, admitted text and frames."""
    admitted = []
    for exception in exceptions:
        module, name = exception_name(exception.type, sources)
        frames = tuple([admit_frame(frame, sources) for frame in exception.frames])
        text = clean(exception_text(exception, sources))
        admitted.append(ExceptionReport(name, module, text, frames, exception.parent, exception.source))
    return tuple(admitted)
