"""How a desk did, day by day."""

from __future__ import annotations

import io

from PIL import Image

from bot import charts
from bot.clock import DAY, HOUR, MINUTE, parse_iso
from bot.domain.desk_days import Case, Day, days

NOW = parse_iso("2026-01-05T18:00Z")
TODAY = parse_iso("2026-01-05T00:00Z")


def case(opened: int, **changes) -> Case:
    given = {
        "opened_at": opened, "answered_at": None, "solved_at": None, "spent": 0, "rating": None,
        "first_result": "active", "result": "active",
    }  # fmt: skip
    return Case(**{**given, **changes})


def test_each_day_has_what_was_opened_and_what_was_solved_on_it():
    """The oldest first; a day without anything is there too."""
    shown = days(
        [
            case(TODAY, answered_at=TODAY + 10 * MINUTE, solved_at=TODAY + HOUR, spent=HOUR, rating=5,
                 first_result="hit", result="hit"),
            case(TODAY + HOUR, answered_at=TODAY + 2 * HOUR, first_result="missed"),
            case(TODAY - DAY, solved_at=TODAY + HOUR, spent=3 * HOUR, rating=2, result="hit"),
            case(TODAY - 30 * DAY),
        ],
        NOW,
        count=3,
    )  # fmt: skip

    assert [(0, 0), (1, 0), (2, 2)] == [(day.opened, day.solved) for day in shown]
    assert (10 * MINUTE, HOUR, 3.5, 2 / 3) == (shown[2].first, shown[2].resolution, shown[2].rating, shown[2].met)
    assert (None, None, None, 1.0) == (shown[1].first, shown[1].resolution, shown[1].rating, shown[1].met)


def test_the_first_and_the_last_millisecond_belong_to_the_day():
    """Days are those of UTC."""
    shown = days([case(TODAY - 1), case(TODAY), case(TODAY + DAY - 1)], NOW, count=2)

    assert [1, 2] == [day.opened for day in shown]


def test_the_picture_shows_every_day_and_bears_an_empty_desk():
    """A PNG of a fixed size, with more colours where there is something to see."""
    full = days([case(TODAY, solved_at=TODAY + HOUR, spent=HOUR, rating=4, first_result="hit")], NOW)
    pictures = [Image.open(io.BytesIO(charts.days(shown))) for shown in (full, days([], NOW))]

    assert ["PNG", "PNG"] == [picture.format for picture in pictures]
    assert pictures[0].size == pictures[1].size
    colours = [len(picture.getcolors(1 << 20)) for picture in pictures]
    assert colours[0] > colours[1]
    assert isinstance(full[0], Day)
