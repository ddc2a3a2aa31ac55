"""The settings: read once from the environment and ``.env``, checked together, then frozen.

Every fault is reported at once, each with what to do about it. ``.env.example`` lists every setting; a test keeps the
two in step. Nothing else in the product reads the environment.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot import faults
from bot.domain import hours, spending, targets
from bot.domain.vault import KEY_BYTES, Keys
from bot.errors import SettingsError

PREFIX = "PHONEDESK_"
_SIM_CHECK = re.compile(r"https?://[^\s/]+\S*|[A-Za-z_][\w.]*:[A-Za-z_]\w*", re.ASCII)
_READ: Mapping[str, Callable[[str], object]] = {
    "desk_hours": hours.parse, "desk_targets": targets.parse_targets, "sms_costs": spending.parse_costs
}  # fmt: skip


def _secret() -> Any:
    """A text that is empty unless set, and that no ``repr`` shows."""
    return Field("", repr=False)


class Settings(BaseSettings):
    """One deployment. Field names in capitals, with the prefix ``PHONEDESK_``, are the environment's names."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
        populate_by_name=True,
    )

    telegram_token: str = Field("", validation_alias="TELEGRAM_TOKEN", repr=False)
    """The bot's token from @BotFather. Empty: the sandbox is started and used instead of Telegram."""
    telegram_url: str = "https://api.telegram.org"
    """Where the Bot API is; another address for a local Bot API server."""
    webhook_secret: str = _secret()
    """Set it to receive updates by webhook at ``<public url>/telegram/webhook``; empty: long polling."""
    messages_per_second: Annotated[int, Field(ge=1, le=1000)] = 30
    """Messages a second over all chats: Telegram allows 30, up to 1000 where paid broadcasts are on."""

    agents_group: int | None = None
    """Id of the forum supergroup where tickets are worked on; negative."""
    agents_groups_next: Annotated[tuple[int, ...], NoDecode] = ()
    """Ids of further such groups, separated by commas: new topics go to the next one when a group is full."""
    agents: Annotated[tuple[int, ...], NoDecode] = ()
    """Telegram ids of the support agents, separated by commas."""

    desk_hours: str = "always"
    """When agents are there: ``always``, or ``Mon-Fri 09:00-18:00 Europe/Berlin; closed 2026-12-25``."""
    desk_targets: str = ""
    """First answer and resolution by priority, in opening hours: ``urgent 15m 4h, high 1h 8h``; else our own."""
    leads: Annotated[tuple[int, ...], NoDecode] = ()
    """Telegram ids of those who are told in the topic what is overdue and may solve many at once, by commas."""
    desk_digest: bool = True
    """Whether a hand-over is posted into the group when a day's opening hours end; open day and night: at 09:00."""
    pending_days: Annotated[int, Field(ge=1, le=90)] = 3
    """Days after which a person who has not answered is asked once more; a day later the ticket is solved."""
    reopen_days: Annotated[int, Field(ge=1, le=90)] = 7
    """Days for which a solved ticket can be reopened."""
    topics_an_hour: Annotated[int, Field(ge=1, le=1000)] = 30
    """New tickets an hour that get topics of their own, urgent ones three times as many; more wait in the lobby."""
    topics_a_day: Annotated[int, Field(ge=1, le=10000)] = 200
    """The same for a day."""
    macros: str = ""
    """Folder of the agents' canned answers, one YAML file each (docs/desk.md); empty: those that come with it."""

    company: str = "Acme Exchange"
    """The exchange's name as people know it."""
    public_url: str = "http://127.0.0.1:8080"
    """Address under which people reach the one-time forms; https on your own domain."""
    host: str = "127.0.0.1"
    """Address the web server listens on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Port the web server listens on; 0: any free one."""
    proxies: Annotated[int, Field(ge=0, le=5)] = 0
    """How many trusted proxies stand before the web server (for the address of a request)."""
    api_token: str = _secret()
    """Token the exchange's systems present to ``/v1/``; empty: that API is off."""
    events_url: str = _secret()
    """Where signed webhooks go: phone.bound, phone.changed, hold.started, ... (docs/operating.md); empty: none."""
    events_secret: str = _secret()
    """Secret that signs the webhooks, at least 24 characters; needed with an address."""

    accounts_url: str = _secret()
    """Where the exchange's own account system is (docs/accounts.md); empty: accounts are kept in this database."""
    accounts_token: str = _secret()
    """Bearer token for the account system."""

    mirror_url: str = ""
    """Where tickets are mirrored (docs/desk.md): ``zendesk+https://acme.zendesk.com``, ``zammad+https://...``."""
    mirror_token: str = _secret()
    """For Zendesk ``agent@example.com/token:`` and an API token; for Zammad an agent's access token."""
    mirror_secret: str = _secret()
    """What it signs its webhooks with, at least 24 characters; they come to ``<public url>/mirror/zendesk``."""
    mirror_group: str = "Users"
    """Zammad's group that mirrored tickets go to."""

    hold_hours: Annotated[int, Field(ge=24, le=720)] = 24
    """Hours for which withdrawals and P2P selling wait after a change of the phone; 24 at least."""
    hold_first_bind: bool = False
    """Whether binding the first phone of an account begins the hold too."""

    guess_alarm: Annotated[int, Field(ge=1)] = 300
    """How many wrong codes and passwords in an hour, of all accounts together, you are told of as an attack."""

    identity_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """Days for which identity pictures are kept after the decision."""
    ticket_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Days for which what was said in a ticket is kept after it was closed; then its topic is deleted too."""
    update_days: Annotated[int, Field(ge=2, le=365)] = 7
    """Days for which the (emptied) records of what came in and went out are kept."""
    keep_years: Annotated[int, Field(ge=0, le=30)] = 0
    """Years for which the law wants the identity of an erased person kept, apart from all else; 0: not at all."""

    database: str = Field("sqlite:var/phonedesk.db", repr=False)
    """``sqlite:PATH`` or ``postgresql://user:password@host/name``."""
    worker: Annotated[int, Field(ge=0, le=1023)] = 0
    """Number of this process, different for each process on one PostgreSQL."""

    sms_url: str = ""
    """Address of the SMS gateway: takes POST with JSON id, to, text (docs/operating.md)."""
    sms_token: str = _secret()
    """Bearer token for the SMS gateway."""
    sms_costs: str = "0.10"
    """What a message costs you: the usual price, then countries that differ: ``0.10; GB 0.04, DE 0.09``."""
    sms_day_cost: Annotated[Decimal, Field(gt=0, le=10_000_000)] = Decimal(200)
    """What the messages of a day (UTC) may cost, in the same currency; beyond it none is sent and you are told."""
    sms_day_count: Annotated[int, Field(ge=1)] = 5_000
    """How many messages a day."""
    sms_country_count: Annotated[int, Field(ge=1)] = 1_000
    """How many messages a day to one country."""
    sim_check: str = _secret()
    """Who tells when a SIM was changed: an http(s) address, or ``package.module:function`` (docs/operating.md)."""
    sim_token: str = _secret()
    """Bearer token for that address."""
    sim_hours: Annotated[int, Field(ge=1, le=720)] = 72
    """Hours for which an SMS proves nothing after its SIM was changed."""
    email_url: str = _secret()
    """``smtp://user:password@host:587`` (STARTTLS), ``smtps://...`` or an http(s) gateway."""
    email_from: str = "support@example.com"
    """Sender of the letters."""
    email_token: str = _secret()
    """Bearer token for an http(s) email gateway."""

    field_keys: str = _secret()
    """Keys that seal fields: ``version:base64 of 32 bytes``, several separated by commas; the newest writes."""
    index_keys: str = _secret()
    """Keys that hash phones and addresses for look-up, written likewise; two at most."""
    code_keys: str = _secret()
    """Keys that hash one-time codes, written likewise."""
    audit_keys: str = _secret()
    """Keys that authenticate audit rows, written likewise; keep every one that rows were written under."""
    audit_anchor: str = ""
    """File that the end of the audit is noted in every minute, best on another machine's disk; empty: none."""

    log: Annotated[str, Field(pattern="^(json|console)$")] = "console"
    """How logs are written: ``json`` for machines, ``console`` for people."""

    @field_validator("agents", "leads", "agents_groups_next", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def groups(self) -> tuple[int, ...]:
        """The agents' groups in the order in which they are filled."""
        return () if self.agents_group is None else (self.agents_group, *self.agents_groups_next)

    @property
    def sandbox(self) -> bool:
        """Whether the sandbox stands in for Telegram and the gateways."""
        return not self.telegram_token

    @property
    def keys(self) -> Keys:
        """The keys, decoded; :func:`load` has checked them."""
        return Keys(*(parse_keys(getattr(self, name)) for name in KEY_SETTINGS))


_INDEX_KEYS = 2
"""What was hashed is looked up under each of them."""
KEY_SETTINGS = ("field_keys", "index_keys", "code_keys", "audit_keys")


def parse_keys(text: str) -> dict[int, bytes]:
    """Keys by version from ``1:base64,2:base64``.

    Raises:
        ValueError: not of that form, not 32 bytes, or a key that nobody drew at random.
    """
    keys: dict[int, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        version, colon, encoded = part.partition(":")
        if not colon or not version.isascii() or not version.isdigit() or not 1 <= int(version) <= 255:
            raise ValueError("write it as version:base64, with a version from 1 to 255")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError(f"key {version} is not base64") from error
        if len(key) != KEY_BYTES:
            raise ValueError(f"key {version} has {len(key)} bytes, {KEY_BYTES} are needed")
        if not _drawn(key):
            raise ValueError(f"key {version} is not random; make one with: phonedesk keys new")
        if int(version) in keys:
            raise ValueError(f"there are two keys {int(version)}")
        keys[int(version)] = key
    if not keys:
        raise ValueError("it is missing; make one with: phonedesk keys new")
    return keys


def _drawn(key: bytes) -> bool:
    """Whether a key may be a random one: no few bytes repeated, no counting up, no text that somebody typed."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    typed = all(0x20 <= byte < 0x7F for byte in key)
    return min(len(set(key)), len(steps)) >= KEY_BYTES // 4 and not typed


def load(given: Mapping[str, object] | None = None) -> Settings:
    """The settings of this process; ``given`` ones, by field name, win over the environment.

    Raises:
        SettingsError: at least one is missing or wrong; all are named.
    """
    found = unknown_names()
    try:
        settings = Settings(**cast("dict[str, Any]", dict(given or {})))
    except ValidationError as error:
        found += [f"{_name(issue['loc'])}: {issue['msg']}" for issue in error.errors()]
        raise SettingsError(found) from None
    found += _faults(settings)
    if found:
        raise SettingsError(found)
    return settings


def fixed(given: Mapping[str, object]) -> Settings:
    """Settings of ``given`` values and defaults alone, for a script or a test: the environment has no say.

    Raises:
        SettingsError: at least one is missing or wrong; all are named.
    """
    settings = _Fixed(**cast("dict[str, Any]", dict(given)))
    found = _faults(settings)
    if found:
        raise SettingsError(found)
    return settings


class _Fixed(Settings):
    """Settings that are read from nowhere."""

    @classmethod
    def settings_customise_sources(  # the library's signature
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def set_names() -> set[str]:
    """The names that the environment and ``.env`` set, ours or not."""
    names = set(os.environ)
    env_file = Path(".env")
    if env_file.is_file():
        lines = env_file.read_text(encoding="utf-8").splitlines()
        names |= {line.partition("=")[0].strip().removeprefix("export ") for line in lines if "=" in line}
    return names


def unknown_names() -> list[str]:
    """Names that have our prefix and that nobody reads: most likely typos."""
    known = {env_name(name) for name in Settings.model_fields}
    return [f"{name}: no such setting" for name in sorted(set_names()) if name.startswith(PREFIX) and name not in known]


def sandbox_wanted() -> bool:
    """Whether no token is set, so that the sandbox stands in for Telegram."""
    return not _Token().telegram_token


class _Token(BaseSettings):
    """The one setting that decides how the rest is read."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")
    telegram_token: str = ""


def _faults(settings: Settings) -> list[str]:
    """What is wrong with settings that are each well formed."""
    found = []
    drawn: list[bytes] = []
    for name in KEY_SETTINGS:
        try:
            keys = parse_keys(getattr(settings, name))
        except ValueError as error:
            found.append(f"{env_name(name)}: {error}")
            continue
        drawn += keys.values()
        if name == "index_keys" and len(keys) > _INDEX_KEYS:
            found.append(f"{env_name(name)}: two at most; finish one rotation (phonedesk keys rotate) before the next")
    if len(set(drawn)) < len(drawn):
        found.append("PHONEDESK_*_KEYS: two of them are the same; each job and version needs a key of its own")
    if not settings.database.startswith(("sqlite:", "postgresql://", "postgres://")):
        found.append("PHONEDESK_DATABASE: write sqlite:PATH or postgresql://user:password@host/name")
    if settings.events_url and len(settings.events_secret) < faults.SHORTEST_SECRET:
        found.append(f"PHONEDESK_EVENTS_SECRET: at least {faults.SHORTEST_SECRET} characters, to sign the webhooks")
    if settings.mirror_url:
        found += faults.mirror(settings)
    for name, read in _READ.items():
        try:
            read(getattr(settings, name))
        except ValueError as error:
            found.append(f"{env_name(name)}: {error}")
    if settings.sim_check and not _SIM_CHECK.fullmatch(settings.sim_check):
        found.append("PHONEDESK_SIM_CHECK: write https://..., or package.module:function")
    groups = (settings.agents_group or 0, *settings.agents_groups_next)
    if len(groups) > 1 and (max(groups) >= 0 or len(set(groups)) < len(groups)):
        found.append("PHONEDESK_AGENTS_GROUPS_NEXT: negative ids, each once, beside that of PHONEDESK_AGENTS_GROUP")
    if settings.telegram_token:
        found += faults.live(settings)
    return found


def _name(place: tuple[int | str, ...]) -> str:
    """The environment's name of a field as a validation error gives it."""
    return env_name(str(place[0])) if place else "settings"


def env_name(field: str) -> str:
    """The environment's name of a field."""
    return field if field.isupper() else "TELEGRAM_TOKEN" if field == "telegram_token" else PREFIX + field.upper()
