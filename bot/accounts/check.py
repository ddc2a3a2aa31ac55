"""``phonedesk accounts check URL``: does an account system keep the contract ``openapi.json``?

It makes two accounts of its own (addresses at example.com, numbers that Ofcom keeps free for drama) and changes nothing
else; run it against a staging system all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from bot.accounts.http import Client, profile
from bot.db.accounts import Profile
from bot.domain import codes, passwords
from bot.errors import Rejected, Undelivered

_NOBODY: Final = 1
"""An id that no account has: accounts are made here with larger ones, and by no system with this one."""
_AT_ONCE: Final = 5


class Broken(Exception):
    """The contract is not kept; the text says what was expected and what came."""


async def check(url: str, token: str, show: Callable[[str], Any]) -> int:
    """Try everything in order and show each line; 0 if the contract is kept, else 1."""
    trial = _Trial(Client(url, token), Client(url, "wrong"))
    try:
        for what, attempt in trial.attempts():
            try:
                await attempt()
            except (Broken, Undelivered) as fault:
                show(f"[bold]✗[/bold] {what}: {fault}")
                return 1
            show(f"[bold]✓[/bold] {what}")
    finally:
        await trial.close()
    return 0


class _Trial:
    """One run; each attempt builds on the ones before."""

    def __init__(self, client: Client, stranger: Client) -> None:
        self._client = client
        self._stranger = stranger
        self._run = codes.token()[:12].lower()
        self._password, self._trading = codes.token(), codes.token()
        self._hash = ""
        self._ann: Profile
        self._bob: Profile

    async def close(self) -> None:
        await self._client.close()
        await self._stranger.close()

    def attempts(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        return [
            ("a wrong token is refused", self._token),
            ("an unknown account is 404", self._unknown),
            ("an account is made", self._made),
            ("the same key makes no second one, even at once", self._made_once),
            ("an address is taken once", self._address_taken),
            ("a key is good for one request", self._other_request),
            ("signing in", self._signing_in),
            ("checking passwords", self._checking),
            ("a first phone", self._phone),
            ("a number is taken once", self._number_taken),
            ("another phone", self._other_phone),
            ("another address", self._address),
            ("a trading password", self._trading_password),
        ]

    # --- the attempts ---------------------------------------------------------------------------------------

    async def _token(self) -> None:
        try:
            await self._stranger.call("GET", f"/accounts/{_NOBODY}")
        except Undelivered as refusal:
            _expect("status 401", str(refusal))
        else:
            raise Broken("expected 401, it was answered")

    async def _unknown(self) -> None:
        await self._refused("not_found", "GET", f"/accounts/{_NOBODY}")
        await self._refused("not_found", "PUT", f"/accounts/{_NOBODY}/phone", number=_number(), cause="phone_bound")

    async def _made(self) -> None:
        self._hash = await passwords.hashed(self._password)
        self._ann = await self._create("ann")
        self._bob = await self._create("bob")
        _expect((self._email("ann"), None), (self._ann.email, self._ann.phone))
        _expect(profile(await self._client.call("GET", f"/accounts/{self._ann.id}")), self._ann)

    async def _made_once(self) -> None:
        again = await asyncio.gather(*(self._create("ann") for _ in range(_AT_ONCE)))
        _expect({self._ann.id}, {found.id for found in again})
        fresh = await asyncio.gather(*(self._create("carl") for _ in range(_AT_ONCE)))
        _expect(1, len({found.id for found in fresh}))

    async def _address_taken(self) -> None:
        await self._refused("taken", "POST", "/accounts", email=self._email("ann"), password_hash=self._hash)

    async def _other_request(self) -> None:
        body = {"email": self._email("dora"), "password_hash": self._hash}
        await self._refused("refused", "POST", "/accounts", f"{self._run}-ann", **body)

    async def _signing_in(self) -> None:
        body = {"email": self._ann.email, "password": self._password}
        _expect(self._ann, profile(await self._client.call("POST", "/sign-ins", body)))
        await self._refused("not_found", "POST", "/sign-ins", email=self._ann.email, password=self._trading)
        await self._refused("not_found", "POST", "/sign-ins", email=self._email("nobody"), password=self._password)

    async def _checking(self) -> None:
        tried = [("login", self._password), ("login", self._trading), ("trading", self._password)]
        _expect([True, False, False], [await self._right(kind, password) for kind, password in tried])

    async def _phone(self) -> None:
        for _ in range(_AT_ONCE):
            number = _number()
            try:
                after = await self._put("phone", number=number, cause="phone_bound")
            except Rejected as refusal:  # an earlier run has it
                _expect("taken", refusal.code)
                continue
            self._grown(after, (after.phone, after.phone_at is not None), (number, True))
            return
        raise Broken("every number was taken")

    async def _number_taken(self) -> None:
        path, number = f"/accounts/{self._bob.id}/phone", str(self._ann.phone)
        await self._refused("taken", "PUT", path, number=number, cause="phone_bound")
        await self._refused("same", "PUT", f"/accounts/{self._ann.id}/phone", number=number, cause="phone_changed")

    async def _other_phone(self) -> None:
        for cause in ("phone_changed", "phone_recovered"):
            key, number = codes.token(), _number(other_than=str(self._ann.phone))
            after = await self._put("phone", key, number=number, cause=cause)
            self._grown(after, after.phone, number)
            _expect(after, await self._put("phone", key, number=number, cause=cause))

    async def _address(self) -> None:
        path = f"/accounts/{self._ann.id}/email"
        await self._refused("taken", "PUT", path, email=self._bob.email, cause="email_changed")
        after = await self._put("email", email=self._email("anna"), cause="email_changed")
        self._grown(after, after.email, self._email("anna"))

    async def _trading_password(self) -> None:
        hashed = await passwords.hashed(self._trading)
        after = await self._put("trading-password", password_hash=hashed, cause="trading_set")
        tried = [("trading", self._trading), ("trading", self._password), ("login", self._trading)]
        _expect([True, False, False], [await self._right(kind, password) for kind, password in tried])
        self._grown(after, {after.trading_at is not None}, {True})

    # --- parts ----------------------------------------------------------------------------------------------

    def _email(self, name: str) -> str:
        return f"check-{self._run}-{name}@example.com"

    async def _create(self, name: str) -> Profile:
        body = {"email": self._email(name), "password_hash": self._hash}
        return profile(await self._client.call("POST", "/accounts", body, f"{self._run}-{name}"))

    async def _put(self, what: str, key: str = "", **body: str) -> Profile:
        path = f"/accounts/{self._ann.id}/{what}"
        return profile(await self._client.call("PUT", path, body, key or codes.token()))

    async def _right(self, kind: str, password: str) -> object:
        body = {"kind": kind, "password": password}
        said = await self._client.call("POST", f"/accounts/{self._ann.id}/password-checks", body)
        return said.get("right")

    async def _refused(self, code: str, method: str, path: str, key: str = "", **body: str) -> None:
        try:
            await self._client.call(method, path, body or None, key or codes.token())
        except Rejected as refusal:
            _expect(code, refusal.code)
        else:
            raise Broken(f"expected {code}, {method} {path} was carried out")

    def _grown(self, after: Profile, seen: object, wanted: object) -> None:
        """The account is another one now, and its version says so."""
        _expect(wanted, seen)
        if after.version <= self._ann.version:
            raise Broken(f"expected a version above {self._ann.version}, it is {after.version}")
        self._ann = after


def _expect(wanted: object, seen: object) -> None:
    if wanted != seen:
        raise Broken(f"expected {wanted}, it is {seen}")


def _number(other_than: str = "") -> str:
    """A mobile number that Ofcom keeps free for drama."""
    while True:
        number = f"+447700900{int.from_bytes(codes.token().encode()) % 1000:03}"
        if number != other_than:
            return number
