"""Whose requests are counted together: the address of a client, with and without proxies in front."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from bot.clock import SECOND
from bot.local import API_TOKEN
from bot.scripts.stage import Stage
from bot.web.guard import Guard

UNKNOWN = "/f/" + "A" * 43
BURST = 60


def request(host: str = "192.0.2.1", *lines: str) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers, "client": (host, 1)})


@pytest.mark.parametrize(
    ("proxies", "host", "lines", "expected"),
    [
        (0, "192.0.2.1", (), "192.0.2.1"),
        (0, "192.0.2.1", ("203.0.113.9",), "192.0.2.1"),
        (1, "192.0.2.1", (), "192.0.2.1"),
        (1, "192.0.2.1", ("203.0.113.9",), "203.0.113.9"),
        (1, "192.0.2.1", ("198.51.100.7, 203.0.113.9",), "203.0.113.9"),
        (1, "192.0.2.1", ("198.51.100.7", "203.0.113.9"), "203.0.113.9"),
        (1, "192.0.2.1", ("198.51.100.7,,", "203.0.113.9"), "203.0.113.9"),
        (2, "192.0.2.1", ("198.51.100.7, 203.0.113.9, 10.0.0.1",), "203.0.113.9"),
        (2, "192.0.2.1", ("203.0.113.9",), "192.0.2.1"),
        (1, "192.0.2.1", ("no address",), "192.0.2.1"),
        (1, "192.0.2.1", ("x" * 9000,), "192.0.2.1"),
        (0, "2001:db8:1:2:3:4:5:6", (), "2001:db8:1:2::/64"),
        (0, "::ffff:203.0.113.9", (), "203.0.113.9"),
        (1, "192.0.2.1", ("2001:db8:1:2:ffff::1",), "2001:db8:1:2::/64"),
    ],
)
def test_whom_a_request_counts_for(clock, proxies, host, lines, expected):
    """What the outermost proxy of ours has seen, whatever the client wrote before it; a network of IPv6 is one."""
    assert expected == Guard(clock, proxies).address(request(host, *lines))


def test_sixty_at_once_and_then_one_a_second(clock):
    """The limit is exact, and looking at it counts nothing."""
    guard = Guard(clock, 0)
    for _ in range(BURST):
        assert 0 == guard.due(request()) == guard.wait(request())

    assert (1, 1) == (guard.due(request()), guard.wait(request()))
    assert 0 == guard.wait(request("192.0.2.2"))
    clock.advance(SECOND)
    assert [0, 1] == [guard.wait(request()), guard.wait(request())]


def test_a_network_of_ipv6_is_one_client(clock):
    """Whoever has one address of it has all: a fresh one for each request gives nothing."""
    guard = Guard(clock, 0)

    served = [not guard.wait(request(f"2001:db8::{n:x}")) for n in range(2 * BURST)]

    assert BURST == sum(served)
    assert 0 == guard.wait(request("2001:db8:0:1::1"))


def test_addresses_that_wait_for_nothing_are_forgotten(clock, monkeypatch):
    """A swarm does not fill the memory, nor is all of it looked through for each of its requests."""
    monkeypatch.setattr("bot.web.guard._MOST_ADDRESSES", 10)
    guard = Guard(clock, 0)
    for n in range(20):
        guard.wait(request(f"192.0.2.{n}"))
    full = len(guard._due)
    clock.advance(2 * SECOND)
    guard.wait(request("203.0.113.9"))

    assert (20, 1) == (full, len(guard._due))


@pytest.mark.parametrize(("proxies", "served"), [(0, BURST), (1, BURST)])
async def test_a_header_of_ones_own_gives_no_free_tries(monkeypatch, proxies, served):
    """Over HTTP, from this very machine, which uvicorn would believe anything: every lie counts for the same client."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    async with Stage({"settings": {"proxies": proxies}}) as stage:
        browser, url = stage.browser("attacker"), f"http://127.0.0.1:{stage.driver.server.port}{UNKNOWN}"
        statuses = []
        for n in range(BURST + 10):
            lie = f"198.51.100.{n}" + (", 203.0.113.9" if proxies else "")
            headers = {"X-Forwarded-For": lie, "X-Real-IP": lie, "Forwarded": f"for={lie}", "X-Client-IP": lie}
            async with browser.get(url, headers=headers) as page:
                statuses.append(page.status)
        async with browser.get(url, headers={"X-Forwarded-For": "203.0.113.10"}) as page:
            other = page.status

    assert [404] * served + [429] * 10 == statuses
    assert (404 if proxies else 429) == other  # an honest neighbour behind the same proxy is not held up


async def test_a_lie_opens_no_figures(browsers):
    """Whoever says that they are this machine came by way of a proxy."""
    for lie in ("127.0.0.1", "::1", ""):
        answer = await browsers().get("/metrics", headers={"X-Forwarded-For": lie})
        assert 404 == answer.status

    assert 200 == (await browsers().get("/metrics")).status


async def test_the_exchange_asks_as_often_as_it_likes_and_guessers_do_not(stage, browsers):
    """The right token is not counted; wrong ones are, and then their address finds out nothing for a while."""
    browser = browsers()
    path = f"/v1/accounts/{stage.accounts['ann@example.com']}/operations/withdrawal"

    async def status(token: str) -> int:
        return (await browser.get(path, headers={"Authorization": f"Bearer {token}"})).status

    honest = {await status(API_TOKEN) for _ in range(2 * BURST)}
    guesses = [await status(f"guess {n}") for n in range(BURST + 1)]
    right = await status(API_TOKEN)
    await stage.driver.advance(SECOND)

    assert {200} == honest
    assert [401] * BURST + [429] == guesses
    assert (429, 200) == (right, await status(API_TOKEN))
