"""Accounts: our own, or the mirror of the exchange's. The only writer of an account's address, password and phone.

What belongs to a person is sealed with a key of their own; look-ups go by keyed hash.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.db.base import Tx
from bot.tools import Tools


@dataclass(frozen=True, slots=True)
class Account:
    """One account, opened. Its ``repr`` shows nothing personal."""

    id: int
    email: str = field(repr=False)
    phone: str | None = field(repr=False)
    email_at: int
    phone_at: int | None
    totp_at: int | None
    password_at: int
    trading_at: int | None = None
    phrase: str = field(default="", repr=False)

    @property
    def has_totp(self) -> bool:
        """Whether an authenticator is bound."""
        return self.totp_at is not None


@dataclass(frozen=True, slots=True)
class Profile:
    """What an account system says of an account; moments in epoch milliseconds.

    Attributes:
        version: grows with every change of the account, so that an answer that came late is known as such.
    """

    id: int
    version: int
    email: str = field(repr=False)
    phone: str | None = field(repr=False)
    email_at: int
    phone_at: int | None
    password_at: int
    trading_at: int | None


async def get(tx: Tx, tools: Tools, account: int) -> Account | None:
    """The account with this id, unless its person was erased."""
    row = await tx.one(
        "SELECT id, person_key, email, phone, email_at, phone_at, totp_at, password_at, trading_at, phrase"
        " FROM accounts WHERE id = $1 AND erased_at IS NULL",
        account,
    )
    if row is None:
        return None
    seal = tools.vault.person(row["person_key"], account)
    return Account(
        id=account,
        email=seal.open(row["email"], f"accounts/email/{account}"),
        phone=seal.open(row["phone"], f"accounts/phone/{account}") if row["phone"] else None,
        email_at=row["email_at"],
        phone_at=row["phone_at"],
        totp_at=row["totp_at"],
        password_at=row["password_at"],
        trading_at=row["trading_at"],
        phrase=seal.open(row["phrase"], f"accounts/phrase/{account}") if row["phrase"] else "",
    )


async def by_email(tx: Tx, tools: Tools, email: str) -> tuple[int, str] | None:
    """Id and password hash of the account with this (canonical) address."""
    row = await tx.one(
        "SELECT id, password FROM accounts WHERE email_hash IN ($1, $2)", *tools.vault.indexes("email", email)
    )
    return (row["id"], row["password"]) if row else None


async def exists(tx: Tx, account: int) -> bool:
    """Whether there is an account with this id, erased or not."""
    return await tx.one("SELECT 1 AS one FROM accounts WHERE id = $1", account) is not None


async def profile(tx: Tx, tools: Tools, account: int) -> Profile | None:
    """What the account system of these tables says of an account."""
    found = await get(tx, tools, account)
    row = await tx.one("SELECT version FROM accounts WHERE id = $1", account)
    if found is None or row is None:
        return None
    names = ("id", "email", "phone", "email_at", "phone_at", "password_at", "trading_at")
    return Profile(version=row["version"], **{name: getattr(found, name) for name in names})


async def mirror(tx: Tx, tools: Tools, said: Profile) -> bool:
    """Write what the exchange's system says of an account; nothing where something newer is known already.

    Returns:
        Whether an address, a phone or the password of an account that was known is another one now.
    """
    account = said.id
    emails = tools.vault.indexes("email", said.email)
    phones = tools.vault.indexes("phone", said.phone) if said.phone else (None, None)
    await tx.lock(account)
    row = await tx.one(
        "SELECT person_key, email_hash, phone_hash, password_at, version, erased_at FROM accounts WHERE id = $1",
        account,
    )
    if row is not None and row["version"] > said.version:
        return False
    await _vacate(tx, tools, account, emails, phones)
    wrapped, seal = tools.vault.new_person(account)
    if row is None:
        await tx.run(
            "INSERT INTO accounts (id, created_at, person_key, email, email_hash, email_at, password, password_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, '', $7)",
            account, tools.clock.now(), wrapped, seal.seal(said.email, f"accounts/email/{account}"), emails[0],
            said.email_at, said.password_at,
        )  # fmt: skip
    elif row["erased_at"] is not None:  # they have come back to us
        await tx.run("UPDATE accounts SET erased_at = NULL, person_key = $1 WHERE id = $2", wrapped, account)
    else:
        seal = tools.vault.person(row["person_key"], account)
    await tx.run(
        "UPDATE accounts SET email = $1, email_hash = $2, email_at = $3, phone = $4, phone_hash = $5, phone_at = $6,"
        " password_at = $7, trading_at = $8, version = $9 WHERE id = $10",
        seal.seal(said.email, f"accounts/email/{account}"), emails[0], said.email_at,
        seal.seal(said.phone, f"accounts/phone/{account}") if said.phone else None, phones[0], said.phone_at,
        said.password_at, said.trading_at, said.version, account,
    )  # fmt: skip
    if row is None:
        return False
    same_places = row["email_hash"] in emails and row["phone_hash"] in phones
    return not same_places or row["password_at"] != said.password_at


async def _vacate(
    tx: Tx, tools: Tools, account: int, emails: tuple[bytes, bytes], phones: tuple[bytes | None, bytes | None]
) -> None:
    """Whoever else has the address or the number in the mirror has it no longer: they have not been asked for since."""
    other = await tx.one(
        "SELECT id, person_key FROM accounts WHERE email_hash IN ($1, $2) AND id <> $3", *emails, account
    )
    if other is not None:
        sealed = tools.vault.person(other["person_key"], other["id"]).seal("", f"accounts/email/{other['id']}")
        await tx.run(
            "UPDATE accounts SET email = $1, email_hash = $2 WHERE id = $3",
            sealed, tools.vault.index("email", f"none:{other['id']}"), other["id"],
        )  # fmt: skip
    await tx.run(
        "UPDATE accounts SET phone = NULL, phone_hash = NULL, phone_at = NULL"
        " WHERE phone_hash IN ($1, $2) AND id <> $3",
        *phones, account,
    )  # fmt: skip


async def create(tx: Tx, tools: Tools, *, email: str, password_hash: str) -> int | None:
    """Make an account; None if the address has one already."""
    account, now = tools.ids(), tools.clock.now()
    await tx.lock(tools.vault.index_lock("email", email))
    if await by_email(tx, tools, email) is not None:
        return None
    wrapped, seal = tools.vault.new_person(account)
    made = await tx.run(
        "INSERT INTO accounts (id, created_at, person_key, email, email_hash, email_at, password, password_at)"
        " VALUES ($1, $2, $3, $4, $5, $2, $6, $2) ON CONFLICT (email_hash) DO NOTHING",
        account, now, wrapped, seal.seal(email, f"accounts/email/{account}"), tools.vault.index("email", email),
        password_hash,
    )  # fmt: skip
    return account if made == 1 else None


async def set_phone(tx: Tx, tools: Tools, account: int, number: str) -> str:
    """Bind a proven number: "" if done, ``taken`` if another account has it, ``already`` if this one has a phone.

    The caller has consumed the code that proves the number; there is no other way to the ``phone`` column.
    """
    hashed = tools.vault.index("phone", number)
    # Two accounts that finish with one number at once: the lock lets one go first, and the other finds it under
    # whichever key it was written; the unique index is the backstop.
    await tx.lock(tools.vault.index_lock("phone", number))
    if await phone_owner(tx, tools, number) not in (None, account):
        return "taken"
    row = await tx.one("SELECT person_key FROM accounts WHERE id = $1", account)
    if row is None:
        return "already"
    sealed = tools.vault.person(row["person_key"], account).seal(number, f"accounts/phone/{account}")
    bound = await tx.run(
        "UPDATE accounts SET phone = $1, phone_hash = $2, phone_at = $3, version = version + 1"
        " WHERE id = $4 AND phone_hash IS NULL",
        sealed, hashed, tools.clock.now(), account,
    )  # fmt: skip
    return "" if bound == 1 else "already"


async def replace_phone(tx: Tx, tools: Tools, account: int, number: str) -> str:
    """Put a proven number in the place of the bound one: "" if done, ``taken``, ``same``, or ``unbound``.

    As with :func:`set_phone` the caller has consumed the code that proves the number.
    """
    hashed = tools.vault.index("phone", number)
    await tx.lock(tools.vault.index_lock("phone", number))
    owner = await phone_owner(tx, tools, number)
    if owner is not None:
        return "same" if owner == account else "taken"
    row = await tx.one("SELECT person_key FROM accounts WHERE id = $1", account)
    if row is None:
        return "unbound"
    sealed = tools.vault.person(row["person_key"], account).seal(number, f"accounts/phone/{account}")
    replaced = await tx.run(
        "UPDATE accounts SET phone = $1, phone_hash = $2, phone_at = $3, version = version + 1"
        " WHERE id = $4 AND phone_hash IS NOT NULL",
        sealed, hashed, tools.clock.now(), account,
    )  # fmt: skip
    return "" if replaced == 1 else "unbound"


async def set_trading(tx: Tx, tools: Tools, account: int, password_hash: str) -> None:
    """Write the trading password. The caller has used up the check before it."""
    await tx.run(
        "UPDATE accounts SET trading = $1, trading_at = $2, version = version + 1 WHERE id = $3",
        password_hash, tools.clock.now(), account,
    )  # fmt: skip


async def password_hashes(tx: Tx, account: int) -> tuple[str, str | None]:
    """The hashes of the login password and of the trading password, to compare with outside any transaction.

    Raises:
        LookupError: there is no such account.
    """
    row = await tx.one("SELECT password, trading FROM accounts WHERE id = $1", account)
    if row is None:
        raise LookupError("no such account")
    return row["password"], row["trading"]


async def set_phrase(tx: Tx, tools: Tools, account: int, phrase: str) -> None:
    """Write the phrase that stands in every SMS and letter to the account's owner."""
    row = await tx.one("SELECT person_key FROM accounts WHERE id = $1", account)
    if row is not None:
        sealed = tools.vault.person(row["person_key"], account).seal(phrase, f"accounts/phrase/{account}")
        await tx.run("UPDATE accounts SET phrase = $1 WHERE id = $2", sealed, account)


async def replace_email(tx: Tx, tools: Tools, account: int, email: str) -> str:
    """Put a proven address (canonical) in the place of the bound one: "" if done, ``taken`` if another has it."""
    hashed = tools.vault.index("email", email)
    await tx.lock(tools.vault.index_lock("email", email))
    known = await by_email(tx, tools, email)
    if known is not None:
        return "taken"
    row = await tx.one("SELECT person_key FROM accounts WHERE id = $1", account)
    if row is None:
        return "taken"
    sealed = tools.vault.person(row["person_key"], account).seal(email, f"accounts/email/{account}")
    await tx.run(
        "UPDATE accounts SET email = $1, email_hash = $2, email_at = $3, version = version + 1 WHERE id = $4",
        sealed, hashed, tools.clock.now(), account,
    )  # fmt: skip
    return ""


async def shred(tx: Tx, tools: Tools, account: int) -> None:
    """Destroy the account's own key and everything else of its person in its row; nobody can sign in to it again."""
    await tx.run(
        "UPDATE accounts SET erased_at = $1, person_key = $2, email = $2, email_hash = $3, password = '', phone = NULL,"
        " phone_hash = NULL, phone_at = NULL, totp = NULL, totp_at = NULL, new_totp = NULL, new_totp_at = NULL,"
        " trading = NULL, trading_at = NULL, phrase = NULL WHERE id = $4",
        tools.clock.now(), b"", tools.vault.index("email", f"none:{account}"), account,
    )  # fmt: skip


async def phone_owner(tx: Tx, tools: Tools, number: str) -> int | None:
    """The account that this number is bound to."""
    hashed = tools.vault.indexes("phone", number)
    row = await tx.one("SELECT id FROM accounts WHERE phone_hash IN ($1, $2)", *hashed)
    return row["id"] if row else None
