"""What holds in every state, written once.

user   /cancel            -> the menu, with a word that nothing was changed
user   /start             -> the same: whatever was half done is dropped, its codes no longer count
user   Help, /help        -> help for this very step, and the step is asked again
user   Talk to a person   -> the handoff; the present step is parked and can be resumed
user   answers an agent   -> it goes to the ticket, which is opened again if it was solved
user   an old button      -> a short word, and the live screen again
user   anything unread    -> a short word on what is awaited, and the screen again
time   idle               -> the menu, with a word why
"""

from __future__ import annotations

from conversations import events as ev
from conversations.change_phone import ASK
from conversations.effects import (
    Effect,
    OpenForm,
    OpenRecovery,
    RelayMessage,
    ReopenTicket,
    RevokeCodes,
    SignIn,
    SubmitRecovery,
)
from conversations.engine import HERE, QUIET, Rule

BACK, CANCEL, HELP, PERSON = "back", "cancel", "help", "person"
FOOTER = (BACK, CANCEL, HELP, PERSON)
"""Buttons that the renderer adds by itself: Back where there is one, Cancel off the menus, Help and a person always."""


def menu(on: type[ev.Event] | str, say: str = "", *effects: Effect) -> tuple[Rule, Rule]:
    """Two rules that lead to the menu that fits: signed in or not."""
    return (
        Rule(on, "welcome/home", when="signed_in", say=say, do=effects),
        Rule(on, "welcome/start", say=say, do=effects),
    )


def person(on: str) -> tuple[Rule, Rule, Rule]:
    """Three rules that lead to a human: into the open ticket, to the one that was solved lately, or to a new one."""
    return (
        Rule(on, "handoff/talk", when="ticket_open", park=True),
        Rule(on, "handoff/same", when="solved_lately", park=True),
        Rule(on, "handoff/reason", park=True),
    )


EVERYWHERE: tuple[Rule, ...] = (
    *menu("/start", "everywhere/again", RevokeCodes()),
    *menu("/cancel", "everywhere/cancelled", RevokeCodes()),
    *menu(CANCEL, "everywhere/cancelled", RevokeCodes()),
    Rule("/help", HERE, say="help"),
    Rule(HELP, HERE, say="help"),
    *person("/person"),
    *person(PERSON),
    Rule("/privacy", HERE, say="everywhere/privacy"),
    Rule("/language", "welcome/language", park=True),
    Rule("/tickets", "handoff/tickets", park=True),
    *menu(ev.Idle, "everywhere/idle", RevokeCodes()),
    *menu(ev.Outdated, "everywhere/outdated", RevokeCodes()),
    Rule(ev.SignedOut, "welcome/start", say="everywhere/signed_out"),
    Rule(ev.LinkGood, "welcome/home", do=(RevokeCodes(), SignIn("link"))),
    Rule(ev.LinkTicket, "handoff/talk", park=True),
    Rule(ev.ToTicket, "handoff/talk", park=True),
    Rule(ev.NotSolved, "handoff/reopening", keep={"ticket": "ticket"}, park=True, do=(ReopenTicket(),)),
    Rule(ev.Replied, HERE, when="ticket_open", say="handoff/passed_on", do=(RelayMessage(),)),
    Rule(ev.Replied, "handoff/reopening", keep={"ticket": "ticket"}, park=True, do=(ReopenTicket(),)),
    Rule(ev.LinkBad, HERE, say="everywhere/link_bad"),
    Rule(ev.StaleButton, HERE, say="everywhere/stale"),
    Rule(ev.RepeatedTap, QUIET),
    Rule(ev.Unrecognised, HERE, say="everywhere/unrecognised"),
    Rule(ev.Failed, HERE, say="everywhere/failed"),
    Rule(ev.AgentWrote, HERE, say="handoff/answered"),
    Rule(ev.TicketClosed, HERE, say="handoff/closed"),
    # An agent hands the person back to the bot; whatever was half done is dropped. Who is with the bot stays there.
    Rule(ev.SentTo, HERE, when="to_resume", say="handoff/resumed"),
    *(
        Rule(ev.SentTo, to, when=when, say="handoff/sent_to", do=(RevokeCodes(), *effects))
        for when, to, effects in (
            ("to_security", "protection/overview", ()),
            ("to_change", "change_phone/asked", (ASK,)),
            ("to_phone", "protection/phone", ()),
            ("to_totp", "bind_totp/prove", ()),
            ("to_own_totp", "protection/totp", ()),
            ("to_case", "recover_phone/asked", (OpenRecovery(),)),
            ("to_recovery", "recover_phone/unavailable", ()),
            ("to_signin", "signin/form", (OpenForm("signin"),)),
        )
    ),
    *menu(ev.SentTo, "handoff/sent_to", RevokeCodes()),
    # Outcomes that come after the person has moved on: nothing of the present step depends on them.
    Rule(ev.CodeUndelivered, QUIET),
    Rule(ev.PasswordAccepted, HERE, say="everywhere/late"),
    Rule(ev.PasswordRefused, QUIET),
    Rule(ev.SignInLocked, QUIET),
    Rule(ev.SignUpGiven, HERE, say="everywhere/late"),
    Rule(ev.SecretGiven, HERE, say="everywhere/late"),
    Rule(ev.DataTaken, HERE, say="your_data/taken"),
    Rule(ev.CodesShown, HERE, say="bind_totp/codes_shown"),
    Rule(ev.TradingShown, HERE, say="everywhere/late"),
    # The exchange's account system answers while the person is somewhere else.
    Rule(ev.Written, HERE, say="everywhere/written"),
    Rule(ev.NotWritten, HERE, say="everywhere/not_written"),
    # How a recovery stands, for whoever is somewhere else meanwhile.
    Rule(ev.IdentityGiven, HERE, say="recover_phone/submitted", do=(SubmitRecovery(),)),
    Rule(ev.RecoveryApproved, HERE, say="recover_phone/told_approved"),
    Rule(ev.PictureAgain, HERE, say="recover_phone/told_again"),
    Rule(ev.RecoveryRejected, HERE, say="recover_phone/told_rejected"),
    Rule(ev.RecoveryOver, HERE, say="recover_phone/over"),
)
