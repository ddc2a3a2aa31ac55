"""Scripted conversations: a transcript in YAML, played against the whole product (``docs/scripts.md``).

reader.py      YAML -> Script, with the line of everything in it
verbs.py       what a step may say, and its fields
stage.py       the sandbox, the bot, the clock and the given people, on one of the drivers
drivers.py     in this process, or over HTTP
seen.py        what came out of the bot, in order
acts.py        what the actors do
matching.py    what was expected, against what was seen and stored
player.py      one script from its first step to its last
transcript.py  how it reads
coverage.py    which edges of the flows were taken
"""
