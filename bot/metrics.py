"""What an operator watches, for Prometheus. Labels are few and fixed; nothing personal is among them."""

from __future__ import annotations

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """One process's figures, in a registry of its own so that several applications can live side by side."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, gauge = partial(Counter, registry=self.registry), partial(Gauge, registry=self.registry)
        self.updates = counter("phonedesk_updates", "Updates from Telegram: new, repeated, unreadable", ["kind"])
        self.turns = counter(
            "phonedesk_turns", "Turns: done, failed (undone, tried again), aside (given up)", ["outcome"]
        )
        self.turn_seconds = Histogram(
            "phonedesk_turn_seconds", "From the start of a turn to its commit", buckets=_SECONDS, registry=self.registry
        )
        self.sends = counter(
            "phonedesk_sends", "Sends: sent, later (tried again), refused (given up)", ["channel", "outcome"]
        )
        self.refusals = counter("phonedesk_refusals", "Messages given up, by the reason", ["channel", "reason"])
        self.repeats = counter("phonedesk_repeats", "Sends tried again although the first may have arrived")
        self.codes = counter("phonedesk_codes_sent", "Codes that a gateway has taken", ["channel"])
        self.stops = counter("phonedesk_sms_stopped", "Text messages not sent, by the limit that was reached", ["why"])
        self.guesses = gauge(
            "phonedesk_wrong_guesses", "Wrong codes and passwords within the last hour, of all accounts"
        )
        self.waiting = gauge("phonedesk_outbox_waiting", "Messages that wait to be sent")
        self.oldest = gauge("phonedesk_outbox_oldest_seconds", "Age of the oldest message that waits")
