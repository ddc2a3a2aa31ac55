"""What text messages may cost: a price a country, and how many and how much a day bears.

Money is counted in ten-thousandths of whatever currency the gateway bills in: prices such as 0.0075 are usual.
``bot/db/spending.py`` keeps count; a day is one of UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from bot.domain import countries, numbering, phones

UNIT: Final = 10_000
"""Parts of the currency that money is counted in."""
EXAMPLE: Final = "0.10; GB 0.04, DE 0.09"
_PRICE: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,4})?", re.ASCII)
_REGION: Final = re.compile(r"[A-Z]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a day bears.

    Attributes:
        price: of a message to a country that has none of its own; in parts of the currency, as everything here.
        prices: by region.
        cap: how much a day may cost.
        per_day: how many messages a day.
        per_country: how many messages a day to one country.
    """

    price: int = UNIT // 10
    prices: Mapping[str, int] = field(default_factory=dict)
    cap: int = 200 * UNIT
    per_day: int = 5_000
    per_country: int = 1_000

    def cost(self, region: str) -> int:
        """What a message to the region costs."""
        return self.prices.get(region, self.price)


def parse_costs(text: str) -> tuple[int, dict[str, int]]:
    """The usual price and those by region, from ``0.10; GB 0.04, DE 0.09``.

    Raises:
        ValueError: a sentence that names what is wrong and shows how to write it.
    """
    usual, _, rest = text.partition(";")
    prices: dict[str, int] = {}
    for entry in filter(None, map(str.strip, rest.split(","))):
        region, _, price = entry.partition(" ")
        if not _REGION.fullmatch(region):
            raise _wrong(f'"{region}" is no country code of two capitals')
        if region in prices:
            raise _wrong(f"{region} has a price twice")
        prices[region] = _parts(price.strip())
    return _parts(usual.strip()), prices


def billed(number: str) -> str:
    """The country that a message to the number is paid for; "" where none may be paid, whatever was bound earlier.

    Where countries share a range one that is served is enough: the person has said which of them it is.
    """
    parsed = numbering.parse(number, None)
    line = numbering.judge(parsed)
    if line is None or phones.sendable(number) is not None:
        return ""
    served = any(region in countries.served() for region in (line.region, *numbering.sharing(parsed)))
    return line.region if served else ""


def parts(amount: Decimal) -> int:
    """An amount of the currency in the parts that are counted."""
    return int(amount * UNIT)


def _parts(price: str) -> int:
    if not _PRICE.fullmatch(price):
        raise _wrong(f'"{price}" is no price')
    return parts(Decimal(price))


def _wrong(what: str) -> ValueError:
    return ValueError(f"{what}; write prices like: {EXAMPLE}")
