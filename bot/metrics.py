"""What an operator watches, for Prometheus. Labels are few and fixed; nothing personal is among them."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """One process's figures, in a registry of its own so that several applications can live side by side."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.updates = Counter(
            "phonedesk_updates", "Updates from Telegram: new, repeated, unreadable", ["kind"], registry=self.registry
        )
        self.turns = Counter(
            "phonedesk_turns", "Turns: done, failed (undone, tried again)", ["outcome"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "phonedesk_turn_seconds", "From the start of a turn to its commit", buckets=_SECONDS, registry=self.registry
        )
        self.sends = Counter(
            "phonedesk_sends",
            "Sends by channel: sent, later (tried again), refused (never)",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.waiting = Gauge("phonedesk_outbox_waiting", "Messages that wait to be sent", registry=self.registry)
