"""The book of all conversations, checked when it is imported."""

from __future__ import annotations

from conversations.bind_email import BIND_EMAIL_FLOW
from conversations.bind_phone import BIND_PHONE_FLOW
from conversations.bind_totp import BIND_TOTP_FLOW
from conversations.change_phone import CHANGE_PHONE_FLOW
from conversations.engine import Book
from conversations.everywhere import EVERYWHERE
from conversations.handoff import HANDOFF
from conversations.protection import PROTECTION
from conversations.recover_phone import RECOVER_PHONE_FLOW
from conversations.signin import SIGNIN_FLOW
from conversations.trading_password import TRADING_PASSWORD_FLOW
from conversations.welcome import WELCOME
from conversations.your_data import YOUR_DATA_FLOW

BOOK = Book(
    (
        WELCOME,
        SIGNIN_FLOW,
        PROTECTION,
        BIND_PHONE_FLOW,
        CHANGE_PHONE_FLOW,
        RECOVER_PHONE_FLOW,
        BIND_TOTP_FLOW,
        BIND_EMAIL_FLOW,
        TRADING_PASSWORD_FLOW,
        YOUR_DATA_FLOW,
        HANDOFF,
    ),
    EVERYWHERE,
)
