"""Tickets in another system, both ways.

    base.py       what another system has to do, and what passes between it and us
    zendesk.py    Zendesk's API and webhooks
    zammad.py     Zammad's
    systems.py    which one the settings name
    posts.py      what is stored in the outbox
    carrier.py    brings twins up to date, and takes what was said there
    words.py      what a ticket says over there

Nothing that writes a ticket knows of its mirror. Whatever is written marks the ticket (``unmirrored``), the timers put
a post for each marked one, and the carrier compares what is here with what is there: what was refused or cut off is
found the next time. What is done here because of what was said there is ``bot/desk/mirrored.py``'s.
"""
