"""Exceptions leave as class, literal and frames; their text, notes and values do not."""

import logging
from collections.abc import Callable

from diskret.capture.snapshot import chain_of
from diskret.gate.frames import admit_exceptions
from diskret.model.records import ExceptionReport

ALICE = "Alice Example"


class SyncError(Exception):
    pass


def reported(context, fails: Callable[[], object]) -> list[ExceptionReport]:
    try:
        fails()
    except BaseException as error:  # noqa: BLE001  # whatever it is
        return list(admit_exceptions(chain_of(error), context.sources))
    raise AssertionError("did not fail")


def test_the_literal_of_the_raise_passes(context) -> None:
    def fails() -> None:
        raise SyncError("the server said no")

    (error,) = reported(context, fails)
    assert (error.type, error.value) == ("SyncError", "the server said no")
    assert error.module == __name__


def test_of_a_text_that_was_built_the_words_pass(context) -> None:
    def fails() -> None:
        raise SyncError(f"no such contact: {ALICE}")

    (error,) = reported(context, fails)
    assert error.value == "no such contact: ‹…›"


def test_a_text_that_was_built_elsewhere_is_dynamic(context) -> None:
    text = " ".join(("no such contact:", ALICE))

    def fails() -> None:
        raise SyncError(text)

    (error,) = reported(context, fails)
    assert error.value == f"‹dynamic text, {len(text)} chars›"


def test_what_c_code_raises_does_not(context) -> None:
    (error,) = reported(context, lambda: {}[ALICE])
    assert (error.type, error.value) == ("KeyError", f"‹dynamic text, {len(ALICE)} chars›")
    (error,) = reported(context, lambda: int(ALICE))
    assert error.value.startswith("‹dynamic text")


def test_several_arguments_go_by_the_value_rules(context) -> None:
    def fails() -> None:
        raise SyncError("code", 404, ALICE, 4711)

    (error,) = reported(context, fails)
    assert error.value == "‹str›, 404, ‹str›, ≈4700"


def test_notes_do_not_pass(context) -> None:
    def fails() -> None:
        error = SyncError("failed")
        error.add_note(f"while syncing {ALICE}")
        raise error

    assert ALICE not in repr(reported(context, fails))


def test_a_chain_keeps_its_order_and_its_links(context) -> None:
    def fails() -> None:
        try:
            raise ValueError("inner")
        except ValueError as error:
            raise SyncError("outer") from error

    outer, inner = reported(context, fails)
    assert (outer.value, outer.parent, outer.source) == ("outer", None, "")
    assert (inner.value, inner.parent, inner.source) == ("inner", 0, "__cause__")


def test_a_context_that_was_suppressed_stays_out(context) -> None:
    def fails() -> None:
        try:
            raise ValueError("inner")
        except ValueError:
            raise SyncError("outer") from None

    assert len(reported(context, fails)) == 1


def test_a_group_brings_its_members(context) -> None:
    def fails() -> None:
        raise ExceptionGroup("several", [ValueError("a"), KeyError("b")])

    group, first, second = reported(context, fails)
    assert group.type == "ExceptionGroup"
    assert [(e.type, e.source, e.parent) for e in (first, second)] == [
        ("ValueError", "exceptions[0]", 0),
        ("KeyError", "exceptions[1]", 0),
    ]


def test_a_cycle_of_causes_ends(context) -> None:
    def fails() -> None:
        first, second = ValueError("a"), ValueError("b")
        first.__cause__, second.__cause__ = second, first
        raise first

    assert len(reported(context, fails)) == 2


def test_a_deep_stack_keeps_both_ends(context) -> None:
    def dig(depth: int) -> None:
        if depth == 0:
            raise SyncError("bottom")
        dig(depth - 1)

    (error,) = reported(context, lambda: dig(500))
    assert len(error.frames) == 100
    assert error.frames[-1].function == "dig"
    assert error.frames[0].function == "reported"


def test_a_class_made_at_run_time_shows_its_nearest_typed_base(context) -> None:
    def fails() -> None:
        raise type(ALICE.replace(" ", ""), (SyncError,), {})("x")

    (error,) = reported(context, fails)
    assert error.type == "SyncError"


def test_an_exception_that_overrides_everything_runs_no_code(context) -> None:
    class Hostile(Exception):
        def _boom(self, *_: object) -> None:
            raise AssertionError("user code ran")

        __str__ = __repr__ = _boom  # type: ignore[assignment]
        args = __cause__ = __context__ = __traceback__ = __notes__ = property(_boom)  # type: ignore[assignment]

    def fails() -> None:
        raise Hostile(ALICE)

    (error,) = reported(context, fails)
    assert error.type == "Hostile"
    assert ALICE not in repr(error)


def test_an_exception_whose_dict_is_the_applications_runs_no_code(context) -> None:
    class Sly(dict):
        def get(self, *_: object) -> object:
            raise AssertionError("user code ran")

    def fails() -> None:
        error = SyncError("x")
        error.__dict__ = Sly()
        raise error

    assert reported(context, fails)[0].type == "SyncError"


def test_a_frozen_module_that_nobody_froze_is_not_named(context) -> None:
    code = compile("raise ValueError('x')", "<frozen os.alice>", "exec")
    (error,) = reported(context, lambda: exec(code, {}))  # noqa: S102
    assert "alice" not in repr(error)


def test_a_name_put_into_builtins_is_not_thereby_typed(context, monkeypatch) -> None:
    made_up = type("Mall" + "ory", (Exception,), {"__module__": "m"})
    monkeypatch.setattr("builtins." + made_up.__name__, made_up, raising=False)

    def fails() -> None:
        raise made_up("x")

    assert reported(context, fails)[0].type == "Exception"


def test_a_plugin_that_lies_outside_the_import_roots_was_not_typed(context, tmp_path, admitted) -> None:
    import importlib.util
    import sys

    path = tmp_path / "alices_plugin.py"
    path.write_text("import logging\ndef Alice():\n logging.warning('Alice called')\n raise ValueError('Alice')\n")
    spec = importlib.util.spec_from_file_location("alices_plugin", path)
    plugin = importlib.util.module_from_spec(spec)
    sys.modules["alices_plugin"] = plugin
    try:
        spec.loader.exec_module(plugin)
        (error,) = reported(context, plugin.Alice)
        assert "alice" not in repr(error).lower()
        assert "alice" not in repr(admitted()).lower()
    finally:
        del sys.modules["alices_plugin"]


def test_a_folder_that_no_import_could_name_is_data(context, tmp_path, monkeypatch) -> None:
    import runpy

    folder = tmp_path / "tenants" / "alice@example.com"
    folder.mkdir(parents=True)
    (folder / "rules.py").write_text("raise ValueError('boom')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (error,) = reported(context, lambda: runpy.run_path(str(folder / "rules.py")))
    assert "alice" not in repr(error)


def test_a_link_that_leads_out_of_the_root_leads_to_what_others_typed(context, tmp_path, monkeypatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "alices_rules.py").write_text("def alice(): raise ValueError('boom')\n")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "plugins").symlink_to(tmp_path / "elsewhere")
    monkeypatch.syspath_prepend(str(tmp_path / "root"))
    from plugins import alices_rules  # type: ignore[import-not-found]

    (error,) = reported(context, alices_rules.alice)
    assert "alice" not in repr(error)


def test_below_the_home_folder_only_packages_were_typed(context, tmp_path, monkeypatch) -> None:
    import runpy

    (tmp_path / "Documents").mkdir()
    (tmp_path / "Documents" / "alices_notes.py").write_text("raise ValueError('boom')\n")
    (tmp_path / "tool.py").write_text("raise ValueError('typed')\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    (error,) = reported(context, lambda: runpy.run_path(str(tmp_path / "Documents" / "alices_notes.py")))
    assert "alice" not in repr(error)
    (error,) = reported(context, lambda: runpy.run_path(str(tmp_path / "tool.py")))
    assert error.value == "typed"


def test_a_relative_import_root_means_the_folder_that_the_program_began_in(tmp_path, monkeypatch) -> None:
    from diskret.capture.source import SourceReader

    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "alices_notes.py").write_text("x = 1\n")
    monkeypatch.setattr("sys.path", [""])
    reader = SourceReader(folder=str(tmp_path / "began"))
    monkeypatch.chdir(tmp_path / "here")
    assert reader.read(str(tmp_path / "here" / "alices_notes.py")) is None
    assert SourceReader().read(str(tmp_path / "here" / "alices_notes.py")) is not None


def test_whatever_lies_in_sys_modules_is_harmless(context, monkeypatch) -> None:
    import sys

    class Answers:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("user code ran")

    monkeypatch.setitem(sys.modules, "answers", Answers())
    code = compile("raise ValueError('x')", "<made up>", "exec")
    (error,) = reported(context, lambda: exec(code, {}))  # noqa: S102
    assert error.type == "ValueError"


def test_frames_are_below_their_import_root(context) -> None:
    (error,) = reported(context, lambda: {}["x"])
    frame = error.frames[0]
    assert frame.path == "unit/gate/test_exceptions.py"
    assert frame.module == "unit.gate.test_exceptions"
    assert frame.in_app
    assert frame.line > 0


def test_frames_of_executed_text_show_nothing_of_it(context) -> None:
    code = compile("def Alice(): raise ValueError('Alice')\nAlice()", f"/home/{ALICE}/x.py", "exec")

    def fails() -> None:
        exec(code, {})  # noqa: S102

    (error,) = reported(context, fails)
    assert "Alice" not in repr(error)
    assert error.frames[-1].path == "‹not in an import root›"


def test_a_function_renamed_at_run_time_is_not_named(context) -> None:
    def fails() -> None:
        raise ValueError("x")

    fails.__code__ = fails.__code__.replace(co_name="Mall" + "ory")
    (error,) = reported(context, fails)
    assert error.frames[-1].function == "‹function›"


def test_a_log_line_carries_the_exception(admitted) -> None:
    try:
        raise SyncError("the server said no")
    except SyncError:
        logging.getLogger(__name__).exception("sync failed")
    (body,) = admitted()
    assert body.message == "sync failed"
    assert [e.value for e in body.exceptions] == ["the server said no"]
