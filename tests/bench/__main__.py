"""How fast the product is beside python-telegram-bot's ConversationHandler, on this machine, in this run.

    python -m tests.bench [--quick] [--only NAME]
    python -m tests.bench --oracle       whether time tells who has an account, alone (``oracle.py``)

Method
    Each bot is a process of its own and talks HTTP to a Bot API stub that is a process of its own too (``stub.py``; its
    processor time is shown, so that it can be seen not to be the bottleneck). Virtual persons hold a six-step
    conversation: two typed texts, four taps. A person takes the next step when the stub answers the call that brought
    the screen to the last one. Both sides make the same calls: six screens, four answered taps, and once the buttons of
    an old screen taken away. Rounds are interleaved, medians are shown, everything is measured in the same run; figures
    of different runs or machines do not compare.

    *all at once*         as fast as the bot can; the stub answers at once
    *50 ms a call*        the same, but no answer leaves sooner than 50 ms after its request. python-telegram-bot
                          handles updates one after the other, as ConversationHandler demands, and so waits for every
                          call; it gets fewer persons here, which does not change its rate and shortens its queue
    *ten a second begin*  about 60 updates a second, which all can carry: what a person waits on a calm day

    *updates/s*  all updates of a round over the time from its beginning to its last screen
    *p50, p99*   from an update's delivery in a getUpdates answer to the arrival of the screen that answers it; with all
                 persons at once this is the latency under full load and contains queueing
    *CPU*        processor time of the bot's process an update, all threads (Linux only, as is the next)
    *peak*       the most memory the bot's process had resident in the whole run

What is not equal
    *In the product's disfavour*: it stores every update, conversation, audit row and outgoing message in SQLite with
    ``synchronous=FULL`` before it acknowledges anything, seals what people wrote, renders translated templates,
    searches 221 countries, and answers from an outbox that survives a kill. The other keeps all in memory and answers
    with constants; a kill loses its conversations and the updates it had fetched.
    *In the product's favour*: it sends a screen and answers the tap side by side, and runs chats in parallel, which
    ConversationHandler's documentation advises against. Its HTTP goes over aiohttp; the last row shows the library with
    that same transport, so that one can tell how much of the difference comes from there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.bench import oracle
from tests.bench.contenders import contenders
from tests.bench.report import table
from tests.bench.runner import BenchFailed, Contender, Load, Running

_ROUNDS, _QUICK_ROUNDS = 4, 2
_WARM_UP = Load("warm-up", people=10)


def measure(entered: Sequence[Contender], rounds: int) -> None:
    """Play all rounds, interleaved; the figures are left with the contenders.

    Raises:
        BenchFailed: a round did not complete.
    """
    running: list[Running] = []
    try:
        for contender in entered:
            running.append(Running(contender))
            running[-1].start()
            running[-1].play(_WARM_UP)
        for number in range(rounds):
            _say(f"round {number + 1} of {rounds}")
            for contender, bot in zip(entered, running, strict=True):
                for load in contender.loads:
                    contender.rounds.setdefault(load.name, []).append(bot.play(load))
    finally:
        for bot in running:
            bot.stop()


def main() -> int:
    """Measure and print; 1 if a round did not complete."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="20 seconds instead of two minutes")
    parser.add_argument("--only", default="", help="only contenders whose name contains this")
    parser.add_argument("--oracle", action="store_true", help="only what time tells of accounts")
    options = parser.parse_args()
    if options.oracle:
        sys.stdout.write(oracle.told(oracle.measure()) + "\n")
        return 0
    entered = [one for one in contenders(quick=options.quick) if options.only in one.name]
    try:
        measure(entered, _QUICK_ROUNDS if options.quick else _ROUNDS)
    except BenchFailed as failure:
        _say(f"a round did not complete: {failure}")
        return 1
    sys.stdout.write(table(entered) + "\n")
    if not options.quick:
        sys.stdout.write("\n" + oracle.told(oracle.measure()) + "\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
