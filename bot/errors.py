"""Every error of our own.

PhonedeskError
├── SettingsError        the settings are not sound; lists all faults
├── KeysUnfit            the keys do not fit what is in the database, or what other processes know
├── AnchorLost           the audit's anchor and the audit do not fit, or it cannot be read or written
├── DatabaseDown         the database cannot be reached or written
├── DatabaseBusy         another process leads on this SQLite file
├── PortTaken            the web server's port cannot be listened on
├── SealBroken           a sealed value cannot be opened: wrong key, wrong place, or tampered with
└── Undelivered          a message did not go out
    ├── Rejected         the other side said no, for good
    ├── Flooded          the other side asks to wait
    └── Unreachable      no answer: it may or may not have gone out
"""

from __future__ import annotations


class PhonedeskError(Exception):
    """Base of all errors of the product; never raised itself."""


class SettingsError(PhonedeskError):
    """The settings are not sound; ``faults`` lists everything that is wrong, one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("phonedesk cannot start:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


class KeysUnfit(PhonedeskError):
    """The keys of the settings do not fit what is in the database, or another process does not know them yet."""


class AnchorLost(PhonedeskError):
    """The audit's anchor and the audit do not fit, or the anchor cannot be read or written."""


class DatabaseDown(PhonedeskError):
    """The database cannot be reached or written; the work was not stored and may be tried again."""


class DatabaseBusy(PhonedeskError):
    """Another process already runs on this database file."""


class PortTaken(PhonedeskError):
    """The web server cannot listen on its port: another process does, or it may not."""


class SealBroken(PhonedeskError):
    """A sealed value cannot be opened: wrong key, moved to another row, or tampered with."""


class Undelivered(PhonedeskError):
    """A message did not go out; never raised itself."""


class Rejected(Undelivered):
    """The other side refused for good. ``code`` is a stable word such as ``blocked`` or ``bad_request``."""

    def __init__(self, code: str, text: str = "", migrate_to: int | None = None) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code
        self.text = text
        self.migrate_to = migrate_to


class Flooded(Undelivered):
    """The other side asks to wait ``wait`` milliseconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"wait {wait} ms")
        self.wait = wait


class Unreachable(Undelivered):
    """No answer came. ``sent`` is True when the request may have been carried out."""

    def __init__(self, text: str, *, sent: bool) -> None:
        super().__init__(text)
        self.sent = sent
