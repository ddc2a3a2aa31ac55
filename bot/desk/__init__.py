"""The support desk: tickets, one forum topic each, from both sides.

    person.py      opens a ticket, writes, is done with it
    group.py       an update from the agents' group, on its way to a ticket
    speaking.py    who may speak to the person, what is a note, what is taken back
    lifecycle.py   how a ticket stands: claimed, waiting, solved, open again
    review.py      deciding a recovery
    mirrored.py    what was said and done in another ticket system
    record.py      what was said in a ticket, and the tickets before it
    strangers.py   groups that are none of ours
    lobby.py       tickets that get no topic of their own, as too many are opened
    topic.py       what is posted into a topic

Nothing here talks to Telegram: it stores posts that name a ticket, and ``bot/telegram/topics.py`` finds or makes the
ticket's topic when they are sent, so that a topic somebody deleted heals by itself.
"""
