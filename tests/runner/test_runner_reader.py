"""What is wrong with a script is said before anything is played, with its line."""

from __future__ import annotations

import pytest

from bot.scripts.reader import read
from bot.scripts.script import ScriptError

GOOD = "script: one\nsteps:\n  - user: /start\n"


def written(tmp_path, text):
    path = tmp_path / "flow" / "a.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_script_is_read_with_its_lines(tmp_path):
    """Name, flow, line and the spelled-out fields of each step are what was written."""
    [script] = read(written(tmp_path, "\n" + GOOD))

    assert ("one", "flow", 2) == (script.name, script.flow, script.line)
    assert ("user", 4, {"text": "/start"}) == (script.steps[0].verb, script.steps[0].line, dict(script.steps[0].args))


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("script: one\n", 1, 'a script needs "steps"'),
        ("script: one\nstep: []\n", 2, 'no key of a script "step"; did you mean "steps"?'),
        ("script: one\nsteps:\n  - usr: hi\n", 3, 'no step "usr"; did you mean "user"?'),
        ("script: one\nsteps:\n  - user: hi\n  - tap: {lable: X}\n", 4, 'no key of tap "lable"; did you mean "label"?'),
        ("script: one\nsteps:\n  - tap: {twice: true}\n", 3, 'tap needs "label"'),
        ("script: one\nsteps:\n  - tap: {label: X, of: first}\n", 3, "of must be a whole number"),
        ("script: one\nsteps:\n  - user: hi\n    tap: X\n", 3, "a step has one key"),
        ("script: one\nscript: two\nsteps:\n  - user: hi\n", 2, '"script" is written twice'),
        ("script: one\nsteps:\n  - use: nothing.yaml\n", 3, "there is no nothing.yaml; in that folder: a.yaml"),
        ("script: one\nsteps:\n  - repeat: {times: 0, steps: [{user: hi}]}\n", 3, "times is a number from 1 to"),
        ("script: one\nexpect: {stat: x}\nsteps:\n  - user: hi\n", 2, 'no key of expect "stat"; did you mean "state"?'),
        (
            "script: one\ngiven: {user: {nme: X}}\nsteps:\n  - user: hi\n",
            2,
            'no key of user "nme"; did you mean "name"?',
        ),
        ("script: one\nsteps: [\n", 3, ""),
        (f"{GOOD}---\n{GOOD}", 5, '"one" is already the name of the script in line 1'),
        ("- user: hi\n", 1, "a script is a mapping"),
    ],
)
def test_faults_name_their_line_and_a_way_out(tmp_path, text, line, told):
    """Each fault is found, at its line, and the message says what to write instead."""
    path = written(tmp_path, text)

    with pytest.raises(ScriptError) as caught:
        read(path)

    assert (path, line) == (caught.value.file, caught.value.line)
    assert told in str(caught.value)


def test_yes_and_numbers_with_zeros_stay_texts(tmp_path):
    """YAML 1.1 would make a boolean of Yes and an octal number of 0123456."""
    [script] = read(written(tmp_path, "script: one\nsteps:\n  - tap: Yes\n  - user: 012345\n  - user: 123456\n"))

    assert ["Yes", "012345", "123456"] == [next(iter(step.args.values())) for step in script.steps]


def test_each_makes_a_script_of_every_row(tmp_path):
    """A table becomes several scripts with the same steps, named after their values."""
    scripts = read(written(tmp_path, "each: [{n: 1}, {n: 2}]\n" + GOOD))

    assert ["one [n=1]", "one [n=2]"] == [script.name for script in scripts]
    assert [{"n": "1"}, {"n": "2"}] == [dict(script.values) for script in scripts]


def test_partials_and_repeats_are_spelled_out(tmp_path):
    """Steps of a partial stand where it is used, with their own file and line; repeated ones stand several times."""
    partial = tmp_path / "flow" / "part.yaml"
    script = written(tmp_path, GOOD + "  - use: part.yaml\n  - repeat: {times: 2, steps: [{tap: A}, {tap: B}]}\n")
    partial.write_text("partial: some steps\nsteps:\n  - user: x\n", encoding="utf-8")

    [read_script] = read(script)

    assert ["user", "user", "tap", "tap", "tap", "tap"] == [step.verb for step in read_script.steps]
    assert (partial.resolve(), 3) == (read_script.steps[1].file.resolve(), read_script.steps[1].line)
