"""What an agent's card shows: signs that somebody else may be at work, and what the person has chosen."""

from __future__ import annotations

import pytest

from bot.clock import DAY
from bot.domain import chosen, risks
from bot.domain.risks import LATELY, LONG, RISKS, Signs

NOW = 1_000 * DAY


@pytest.mark.parametrize(
    ("signs", "shown"),
    [
        (Signs(), {}),
        (Signs(wrong_codes=2), {}),
        (Signs(wrong_codes=3), {"codes": 3}),
        (Signs(frozen_since=5), {"frozen": 5}),
        (Signs(held_until=NOW + 1), {"held": NOW + 1}),
        (Signs(held_until=NOW), {}),
        (Signs(disputed_at=NOW - LONG + 1), {"disputed": NOW - LONG + 1}),
        (Signs(disputed_at=NOW - LONG), {}),
        (Signs(refused_at=NOW - 1), {"refused": NOW - 1}),
        (Signs(other_accounts=2, other_chats=1), {"accounts": 2, "chats": 1}),
        (Signs(made_at=NOW - LATELY + 1), {"new": NOW - LATELY + 1}),
        (Signs(made_at=5, changed={"email": 5, "phone": NOW - DAY, "totp": None}), {"changed": NOW - DAY}),
        (Signs(made_at=5, changed={"phone": NOW - LATELY}), {}),
        (Signs(made_at=NOW - DAY, changed={"email": NOW - DAY}), {"new": NOW - DAY}),
    ],
)
def test_a_sign_counts_for_its_time(signs: Signs, shown: dict[str, int]) -> None:
    """Shown is a moment or a count; what came with a new account is no change of it."""
    assert shown == risks.found(signs, NOW)


def test_the_worst_comes_first() -> None:
    """In the order of the table, every sign there is."""
    signs = Signs(
        wrong_codes=9, changed={"phone": NOW}, made_at=NOW - 1, frozen_since=1, held_until=NOW + 1, disputed_at=NOW,
        refused_at=NOW, other_accounts=1, other_chats=1,
    )  # fmt: skip

    assert [name for name, _look in RISKS] == list(risks.found(signs, NOW))


@pytest.mark.parametrize(
    ("flow", "state", "data", "shown"),
    [
        ("welcome", "home", {}, {}),
        ("bind_phone", "country", {"page": 2}, {"Wants to": "add a phone"}),
        ("bind_totp", "prove_email", {}, {"Wants to": "set up Google 2FA", "Way": "code by email"}),
        (
            "change_phone", "confirm", {"region": "GB", "home": "GB", "number": "+447400123456", "reason": "fixed"},
            {"Wants to": "change the phone", "Country": "United Kingdom", "Number": "+44 ****56"},
        ),
        (
            "bind_phone", "confirm", {"region": "DE", "home": "GB", "number": "+447400123456"},
            {
                "Wants to": "add a phone", "Country": "Germany", "Number": "+44 ****56",
                "Number's country": "United Kingdom",
            },
        ),
        (
            "bind_email", "new", {"address": "ann@example.com"},
            {"Wants to": "change the email address", "Address": "a****@e****.com"},
        ),
    ],
)  # fmt: skip
def test_what_was_chosen_is_shown_masked(flow: str, state: str, data: dict[str, str | int], shown: object) -> None:
    """Only what the table names, in its order."""
    assert shown == chosen.answers(flow, state, data)
