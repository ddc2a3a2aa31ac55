"""Finding a territory by what a person types: exact, beginning, words, and near misses, in that order.

An index is built from (name, region) pairs and knows nothing else. Accents, case, punctuation, articles and
the spelling variants of Arabic letters are folded away; an accent that *was* typed still counts in favour of
names that have it ("CÔ" is Côte d'Ivoire before Colombia).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

# Letters that Unicode does not decompose, and Arabic letters that are written one for another.
_LETTERS: Final = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",  # dotless i
        "ə": "e",
        "\u0451": "\u0435",  # Cyrillic io: ie
        "\u064a": "\u06cc",  # Arabic yeh: Farsi yeh
        "\u0649": "\u06cc",  # alef maksura
        "\u0643": "\u06a9",  # kaf: keheh
        "\u0629": "\u0647",  # teh marbuta: heh
        "\u0622": "\u0627",  # alef with madda
        "\u0623": "\u0627",  # alef with hamza above
        "\u0625": "\u0627",  # alef with hamza below
        "\u0640": "",  # tatweel
        "&": " ",
    }
)
# Straight, curly and modifier apostrophes, the marks used in their place, and zero-width joiners.
_APOSTROPHES: Final = dict.fromkeys(map(ord, "'`.\u2018\u2019\u02bb\u02bc\u00b4\u200c\u200d"))
_WORDS: Final = {"st": "saint", "ste": "saint", "sankt": "saint", "is": "islands", "isl": "islands", "rep": "republic"}
_ARTICLES: Final = frozenset({"the", "and", "of"})

_SHORTEST_FUZZY: Final = 4
_NEAR: Final = 0.72  # share of letters that must agree: one slip in four letters, two in eight
_MOST_NEAR: Final = 20
_UNFINISHED: Final = 0.95  # a near miss of a name's beginning ranks behind one of the whole name


class Tier(IntEnum):
    """How a query met a name, best first."""

    EXACT = 0
    FOLDED = 1
    BEGINNING = 2
    WORDS = 3
    NEAR = 4


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """How well a query met a territory; the smaller the better."""

    tier: Tier
    miss: float = 0.0
    place: int = 0


def fold(text: str) -> str:
    """Letters and digits of a name for comparing: no case, accents, apostrophes, articles or hyphens."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS).translate(_APOSTROPHES))
    plain = "".join(char if char.isalnum() else " " for char in decomposed if not unicodedata.combining(char))
    words = [_WORDS.get(word, word) for word in plain.split()]
    return " ".join([word for word in words if word not in _ARTICLES] or words)


def script(text: str) -> str:
    """The script of the first letter, as Unicode names it: "LATIN", "CYRILLIC", "CJK", ..."""
    for char in text:
        if char.isalpha():
            return unicodedata.name(char, "").split(" ")[0]
    return ""


class Index:
    """Names of territories, ready to be searched."""

    def __init__(self, names: Iterable[tuple[str, str, int]]) -> None:
        """Build from (name, region, place); the place orders territories that share one name."""
        rows = {(fold(name), region): (name.casefold(), place) for name, region, place in names}
        self._keys = [key for key, _ in rows]
        self._regions = [region for _, region in rows]
        self._spelt = [spelt for spelt, _ in rows.values()]
        self._places = [place for _, place in rows.values()]
        self._words = sorted((word, position) for position, key in enumerate(self._keys) for word in key.split())

    def find(self, query: str) -> dict[str, Score]:
        """The best score of every territory whose name holds what was typed."""
        wanted = fold(query)
        spelt = query.casefold().strip()
        found: dict[str, Score] = {}
        for position in self._holding(wanted.split()):
            keep(found, self._regions[position], self._score(position, wanted, spelt))
        return found

    def _holding(self, parts: list[str]) -> set[int]:
        """Where each part begins a word; whatever begins with the parts, or equals them, is among those."""
        return set.intersection(*map(self._beginning, parts)) if parts else set()

    def _beginning(self, part: str) -> set[int]:
        found: set[int] = set()
        for at in range(bisect_left(self._words, (part,)), len(self._words)):
            word, position = self._words[at]
            if not word.startswith(part):
                break
            found.add(position)
        return found

    def _score(self, position: int, wanted: str, spelt: str) -> Score:
        key, place = self._keys[position], self._places[position]
        if key == wanted:
            tier = Tier.EXACT if self._spelt[position] == spelt else Tier.FOLDED
            return Score(tier, 0.0, place)
        if key.startswith(wanted):
            accents = not spelt.isascii() and self._spelt[position].startswith(spelt)
            return Score(Tier.BEGINNING, 0.0 if accents else 1.0, place)
        return Score(Tier.WORDS, 0.0, place)

    def near(self, query: str) -> dict[str, Score]:
        """The best score of every territory with a name, or the beginning of one, that is a slip away."""
        from rapidfuzz import process  # noqa: PLC0415 - 2 MB that only a slip of the pen needs
        from rapidfuzz.distance import OSA  # noqa: PLC0415 - as above

        wanted = fold(query)
        length = len(wanted)
        found: dict[str, Score] = {}
        if length < _SHORTEST_FUZZY:
            return found
        for share_of, keys in ((1.0, self._keys), (_UNFINISHED, [key[:length] for key in self._keys])):
            for _, share, position in process.extract(
                wanted, keys, scorer=OSA.normalized_similarity, score_cutoff=_NEAR / share_of, limit=_MOST_NEAR
            ):
                score = Score(Tier.NEAR, 1 - share * share_of, self._places[position])
                keep(found, self._regions[position], score)
        return found


def keep(found: dict[str, Score], region: str, score: Score) -> None:
    """Note a score for a region unless a better one is known."""
    if region not in found or score < found[region]:
        found[region] = score
