"""Macros are files of a team: what is wrong in one is told, and never costs an answer."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import macros
from bot.macros import FACTS, Macro, Macros, fill

GOOD = "title: One\ntext:\n  en: Hello {name}\n"
ALL = dict.fromkeys(FACTS, "x")
TIMES = count(1_700_000_000)


@pytest.fixture(params=["BaseLoader", "CBaseLoader"])
def loader(request, monkeypatch):
    if not hasattr(yaml, request.param):
        pytest.skip("there is no libyaml here")
    monkeypatch.setattr(macros, "_LOADER", getattr(yaml, request.param))


def written(folder, content, name="one.yaml"):
    """The file, at a time of its own."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    moment = next(TIMES)
    os.utime(path, (moment, moment))
    return path


# --- reading ----------------------------------------------------------------------------------------------------


def test_a_macro_is_read_whole(tmp_path, loader):
    """Every field is as it was written; blanks around a text are not part of it."""
    written(
        tmp_path,
        "\ufefftitle: Which operator\r\ntext:\r\n  en: |\r\n    Hello {name},\r\n    {{really}}?\r\n"
        "  no: Hei\r\nstatus: ' pending '\r\npriority: high\r\ntags: [operator, 2, operator]\r\n",
        "which_operator-1.yaml",
    )
    found = Macros(tmp_path)

    assert [] == found.faults()
    assert [
        Macro(
            "which_operator-1",
            "Which operator",
            {"en": "Hello {name},\n{{really}}?", "no": "Hei"},
            "pending",
            "high",
            ("operator", "2"),
        )
    ] == found.all()
    assert found.all() == [found.get("which_operator-1")]


def test_what_is_left_out_is_empty(tmp_path, loader):
    """Title and English are enough."""
    written(tmp_path, GOOD)

    assert Macro("one", "One", {"en": "Hello {name}"}) == Macros(tmp_path).get("one")


@pytest.mark.parametrize(
    ("content", "line", "told"),
    [
        ("", 1, "a macro is a mapping with title and text"),
        ("- title\n", 1, "a macro is a mapping with title and text"),
        ("just words", 1, "a macro is a mapping with title and text"),
        ("text: {en: Hi}\n", 0, '"title" is missing'),
        ("title: One\n", 0, '"text" is missing'),
        (GOOD + "colour: red\n", 4, 'no key "colour"; there are: title, text, status, priority, tags'),
        (GOOD + "<<: {status: open}\n", 4, 'no key "<<"'),
        (GOOD + "title: Two\n", 4, '"title" is written twice'),
        (GOOD + "? [a]\n: b\n", 4, "a key must be a text"),
        (GOOD + "status: closed\n", 4, 'status is "closed", and may be: open, pending, hold, solved'),
        (GOOD + "status:\n", 4, "status is empty"),
        (GOOD + "status: [open]\n", 4, "status must be a text"),
        (GOOD + "priority: 1\n", 4, 'priority is "1", and may be: low, normal, high, urgent'),
        (GOOD + "tags: operator\n", 4, "tags is a list of at most 10 words"),
        (GOOD + f"tags: [{', '.join('abcdefghijk')}]\n", 4, "tags is a list of at most 10 words"),
        (GOOD + "tags:\n  - fine\n  - Not Fine\n", 6, '"Not Fine" is no tag; allowed are'),
        (GOOD + "tags: [{a: b}]\n", 4, "nested too deeply"),
        ("title: [One]\ntext: {en: Hi}\n", 1, "title must be a text"),
        ('title: "One\\nTwo"\ntext: {en: Hi}\n', 1, "title is one line of at most 64 characters"),
        (f"title: {'x' * 65}\ntext: {{en: Hi}}\n", 1, "title is one line of at most 64 characters"),
        ("title: One\ntext: Hi\n", 2, "text is a mapping of languages to texts"),
        ("title: One\ntext: {}\n", 2, 'text has no "en"; English is obligatory'),
        ("title: One\ntext:\n  fr: Salut\n", 2, 'text has no "en"; English is obligatory'),
        (GOOD + "  english: Hi\n", 4, '"english" is no language; write its tag, such as en or pt-BR'),
        (GOOD + "  pt-BR: Oi\n  pt_br: Oi\n", 5, '"pt_br" is written twice; a language has one text'),
        (GOOD + "  fr: {a: b}\n", 4, "nested too deeply"),
        (GOOD + "  fr: [a]\n", 4, "nested too deeply"),
        (GOOD + "  fr:\n", 4, "fr is empty"),
        (GOOD + '  fr: "\\u200e \\u200f"\n', 4, "fr is empty"),
        (GOOD + '  fr: "a\\0b"\n', 4, "fr has a control character"),
        (GOOD + f"  fr: {'x' * 3501}\n", 4, "fr has 3501 characters; at most 3500 are allowed"),
        (GOOD + f"  fr: {'🙂' * 1751}\n", 4, "fr has 3502 characters; at most 3500 are allowed"),
        (GOOD + "  fr: Salut {nom}\n", 4, "fr has {nom}; in braces may stand: {name}, {number}, {company}, {phone}"),
        (GOOD + "  fr: Salut {}\n", 4, "fr has {}; in braces may stand"),
        (GOOD + "  fr: Salut {0}\n", 4, "fr has {0}; in braces may stand"),
        (GOOD + "  fr: Salut { name }\n", 4, "fr has { name }; in braces may stand"),
        (GOOD + "  fr: Salut {name.__class__}\n", 4, "fr has {name.__class__}; in braces may stand"),
        (GOOD + "  fr: Salut {name[0]}\n", 4, "fr has {name[0]}; in braces may stand"),
        (GOOD + "  fr: Salut {name!r}\n", 4, "fr has {name!r}; in braces may stand"),
        (GOOD + "  fr: Salut {name:>{number}}\n", 4, "fr has {name:>{number}}; in braces may stand"),
        (GOOD + "  fr: Salut {name:99999999}\n", 4, "fr has {name:99999999}; in braces may stand"),
        (GOOD + "  fr: Salut {name\n", 4, "a brace that is meant is written {{ or }}"),
        (GOOD + "  fr: Salut name}\n", 4, "a brace that is meant is written {{ or }}"),
        (GOOD + "status: *gone\n", 4, "there is an anchor (&), alias (*) or tag (!)"),
        (GOOD + "status: &here open\n", 4, "there is an anchor (&), alias (*) or tag (!)"),
        (GOOD + "status: !!python/name:os.system open\n", 4, "there is an anchor (&), alias (*) or tag (!)"),
        (GOOD + "---\n" + GOOD, 4, "a second document begins; a file holds one macro"),
        (GOOD + "status: a: b\n", 4, "this is no YAML: "),
        (GOOD + 'status: "\n', None, "this is no YAML: "),
        (GOOD + 'status: "\\UFFFFFFFF"\n', None, "this is no YAML: "),
        (f"%YAML 1.{'9' * 5000}\n--- {{}}\n", None, "this is no YAML: "),
        ("[" * 60_000, 1, "nest"),
        (GOOD + "status: a\x07b\n", 4, "there is a control character"),
        (GOOD.encode() + b"status: \xff\n", 4, "this is not UTF-8; save the file in that encoding"),
        (GOOD.encode("utf-16"), 1, "this is not UTF-8"),
        (GOOD + "#" * 64 * 1024, 0, "the file is too large; it may have 64 KB"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_line_and_what_is_allowed(tmp_path, loader, content, line, told):
    """A broken file is one fault of one line, and the macros beside it go on."""
    written(tmp_path, content)
    written(tmp_path, GOOD, "other.yaml")
    found = Macros(tmp_path)

    [fault] = found.faults()

    if line is not None:
        assert fault.startswith(f"one.yaml, line {line}: " if line else "one.yaml: ")
    assert told in fault
    assert "\n" not in fault
    assert ["other"] == [macro.name for macro in found.all()]
    assert found.get("one") is None


def test_a_text_may_be_as_long_as_is_allowed(tmp_path, loader):
    """The limits themselves are within."""
    written(tmp_path, f"title: {'x' * 64}\ntext:\n  en: {'🙂' * 1750}\n")

    assert [] == Macros(tmp_path).faults()


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("a" * 32 + ".yaml", 0),
        ("a" * 33 + ".yaml", 1),
        ("Upper.yaml", 1),
        ("two words.yaml", 1),
        ("dots.in.it.yaml", 1),
        ("оператор.yaml", 1),
        ("line\nbreak.yaml", 1),
        ("\udcff.yaml", 1),
        ("one.yml", 1),
        ("one.YAML", 1),
        (".yaml", 0),
        (".#one.yaml", 0),
        ("one.yaml~", 0),
        ("README.md", 0),
    ],
)
def test_a_file_with_another_name_is_told_unless_it_is_no_macro(tmp_path, name, faults):
    """Names that are meant but wrong are faults; files of editors and others are passed over."""
    try:
        written(tmp_path, GOOD, name)
    except OSError:
        pytest.skip("this file system has no such names")
    found = Macros(tmp_path).faults()

    assert faults == len(found)
    assert all("allowed are 1 to 32 of a-z, 0-9, _ and -, then .yaml" in fault for fault in found)
    assert all(fault.isprintable() for fault in found)


def test_links_may_not_leave_the_folder(tmp_path):
    """A link within the folder is a file, as where folders are swapped by a link; others are faults."""
    folder = tmp_path / "macros"
    (folder / "..data").mkdir(parents=True)
    written(tmp_path, GOOD, "outside.yaml")
    written(folder / "..data", GOOD, "inside.yaml")
    (folder / "in.yaml").symlink_to(Path("..data", "inside.yaml"))
    (folder / "out.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "none.yaml").symlink_to("nowhere")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "folder.yaml").mkdir()
    os.mkfifo(folder / "pipe.yaml")
    (tmp_path / "way").symlink_to(folder)
    found = Macros(tmp_path / "way")

    assert ["in"] == [macro.name for macro in found.all()]
    assert [
        "folder.yaml: this is no file; a macro is a file of YAML",
        "loop.yaml: the file cannot be read (Too many levels of symbolic links)",
        "none.yaml: the file cannot be read (No such file or directory)",
        "out.yaml: this links out of the folder; a macro is a file within it",
        "pipe.yaml: this is no file; a macro is a file of YAML",
    ] == found.faults()


def test_without_a_folder_there_are_no_macros_and_no_faults():
    """The setting is optional."""
    found = Macros(None)

    assert ([], [], None) == (found.all(), found.faults(), found.get("one"))


@pytest.mark.parametrize("name", ["", ".", "../one", "/etc/passwd", "one\0", "one.yaml", "ONE", "{name}", "x" * 9999])
def test_any_name_may_be_asked_for(tmp_path, name):
    """What an agent types is looked up, and never becomes a path."""
    written(tmp_path, GOOD)

    assert Macros(tmp_path).get(name) is None


@given(content=st.binary(max_size=200) | st.text("abc{}[]&*!|>\"'\\:-#%? \n\t@`,~0Uux", max_size=200).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_in_a_file_raises(tmp_path, loader, content):
    """Whatever a file holds, it is a macro or a fault."""
    written(tmp_path, content)
    written(tmp_path, GOOD + "  fr: " + content.decode("latin-1"), "two.yaml")
    found = Macros(tmp_path)

    assert 2 == len(found.all()) + len(found.faults())
    for macro in found.all():
        assert fill(macro, "fr", ALL).encode()


# --- reading again ----------------------------------------------------------------------------------------------


def test_an_edited_file_is_read_again_and_a_deleted_one_is_gone(tmp_path):
    """The folder is looked at with every question."""
    found = Macros(tmp_path)
    assert [] == found.all()

    path = written(tmp_path, GOOD)
    assert "One" == found.get("one").title

    written(tmp_path, GOOD.replace("One", "Two"))
    assert "Two" == found.get("one").title

    path.unlink()
    assert ([], [], None) == (found.all(), found.faults(), found.get("one"))


def test_a_file_that_did_not_change_is_not_read_again(tmp_path, monkeypatch):
    """Time and size of a file say whether it is opened."""
    written(tmp_path, GOOD)
    found = Macros(tmp_path)
    read = []
    content = macros._content
    monkeypatch.setattr(macros, "_content", lambda *args: read.append(args) or content(*args))

    assert found.get("one") is found.get("one")
    assert [] == found.faults()
    assert 1 == len(read)

    written(tmp_path, "broken")
    assert found.faults() == found.faults()
    assert 2 == len(read)


def test_the_last_good_version_stays_until_the_file_is_right_again_or_gone(tmp_path):
    """A slip of one editor takes no answer from the agents; a file that is deleted and comes back broken has none."""
    path = written(tmp_path, GOOD)
    found = Macros(tmp_path)
    first = found.get("one")

    for broken in ("title: [", "title: One\n", b"\xff"):
        written(tmp_path, broken)
        assert 1 == len(found.faults())
        assert (first, [first]) == (found.get("one"), found.all())

    written(tmp_path, GOOD.replace("One", "Two"))
    assert ([], "Two") == (found.faults(), found.get("one").title)

    path.unlink()
    assert found.get("one") is None
    written(tmp_path, "title: [")
    assert (1, None) == (len(found.faults()), found.get("one"))


def test_a_link_that_is_turned_elsewhere_is_read_again(tmp_path):
    """Two files of the same time and size are two files."""
    for name in ("One", "Two"):
        os.utime(written(tmp_path, GOOD.replace("One", name), f"{name}.txt"), (1, 1))
    link = tmp_path / "one.yaml"
    found = Macros(tmp_path)

    for name in ("One", "Two"):
        link.unlink(missing_ok=True)
        link.symlink_to(f"{name}.txt")
        assert name == found.get("one").title


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path, monkeypatch):
    """Rights change without the file's time, and the last good version stays meanwhile."""
    written(tmp_path, GOOD)
    found = Macros(tmp_path)
    assert found.get("one")
    content = macros._content

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(macros, "_content", refuse)
    written(tmp_path, GOOD.replace("One", "Two"))
    assert ["one.yaml: the file cannot be read (Permission denied)"] == found.faults()
    assert "One" == found.get("one").title

    monkeypatch.setattr(macros, "_content", content)
    assert ([], "Two") == (found.faults(), found.get("one").title)


def test_a_folder_that_is_missing_is_one_fault(tmp_path):
    """Its macros are gone, as with deleted files, and come with the folder."""
    folder = tmp_path / "macros"
    found = Macros(folder)
    told = [f"{folder}: there is no such folder; macros are YAML files in one folder"]
    assert (told, []) == (found.faults(), found.all())

    folder.mkdir()
    path = written(folder, GOOD)
    assert ([], 1) == (found.faults(), len(found.all()))

    path.unlink()
    folder.rmdir()
    folder.touch()
    assert (told, []) == (found.faults(), found.all())


def test_a_folder_that_cannot_be_read_costs_nothing_that_was_read(tmp_path, monkeypatch):
    """That it cannot be listed does not say that anything was deleted."""
    written(tmp_path, GOOD)
    found = Macros(tmp_path)
    assert found.get("one")

    def refuse(_folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert [f"{tmp_path}: the folder cannot be read (Permission denied)"] == found.faults()
    assert "One" == found.get("one").title
