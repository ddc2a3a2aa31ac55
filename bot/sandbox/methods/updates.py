"""getUpdates and the webhook methods (platform.md 2.2 and 2.3)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from bot.clock import SECOND
from bot.sandbox.errors import ApiError, bad_request, flooded
from bot.sandbox.methods.table import Method
from bot.sandbox.state import Webhook

if TYPE_CHECKING:
    from bot.sandbox.params import Args
    from bot.sandbox.world import World

Json = dict[str, Any]

SECRET_LIMIT: Final = 256
PORTS: Final = (80, 88, 443, 8443)
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]*")


async def get_updates(world: World, args: Args) -> list[Json]:
    """Run getUpdates."""
    world.updates.allow(_allowed(args))
    return await world.updates.get(
        args.integer("offset", low=-(2**31), high=2**31 - 1),
        args.integer("limit", 100, 1, 100),
        args.integer("timeout", 0, 0, 50),
    )


def _allowed(args: Args) -> Any:
    try:
        return args.json("allowed_updates", "")
    except ApiError:
        return None  # Telegram ignores a broken list


def set_webhook(world: World, args: Args) -> bool:
    """setWebhook; an empty URL removes it."""
    url = args.text("url").strip()
    if not url:
        return delete_webhook(world, args)
    secret = args.text("secret_token")
    if len(secret) > SECRET_LIMIT:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _check_url(url, local=world.settings.local_webhooks)
    wanted = Webhook(url, secret, args.integer("max_connections", 40, 1, 100), ip_address=args.text("ip_address"))
    world.updates.allow(_allowed(args))
    if args.flag("drop_pending_updates"):
        world.updates.drop_all()
    old = world.state.webhook
    same = old is not None and (old.url, old.secret, old.max_connections, old.ip_address) == (
        wanted.url,
        wanted.secret,
        wanted.max_connections,
        wanted.ip_address,
    )
    if not same:
        now = world.clock.now()
        if not world.settings.local_webhooks and now - world.webhooks.set_at < SECOND:
            raise flooded(1)
        world.webhooks.set_at = now
        world.state.webhook = wanted
    world.webhooks.note = "Webhook is already set" if same else "Webhook was set"
    world.updates.terminate("terminated by setWebhook request")
    world.touch()
    world.webhooks.wake()
    return True


def _check_url(url: str, *, local: bool) -> None:
    try:
        split = urlsplit(url if "://" in url else f"https://{url}")
        host, port = split.hostname, split.port
    except ValueError:
        host, port = None, None
    if not host or split.scheme not in {"http", "https"}:
        raise bad_request("invalid webhook URL specified")
    if local:
        return
    if split.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    try:
        reserved = not ip_address(host).is_global
    except ValueError:
        reserved = False
    if reserved or host == "localhost":
        raise bad_request(f"bad webhook: IP address {host} is reserved")


def delete_webhook(world: World, args: Args) -> bool:
    """Run deleteWebhook."""
    if args.flag("drop_pending_updates"):
        world.updates.drop_all()
    gone = world.state.webhook is None
    world.webhooks.note = "Webhook is already deleted" if gone else "Webhook was deleted"
    world.state.webhook = None
    world.touch()
    return True


def get_webhook_info(world: World, _args: Args) -> Json:
    """Run getWebhookInfo."""
    webhook = world.state.webhook
    info: Json = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
    }
    if webhook is not None:
        info["max_connections"] = webhook.max_connections
        if webhook.ip_address:
            info["ip_address"] = webhook.ip_address
        if webhook.last_error_at is not None:
            info["last_error_date"] = webhook.last_error_at // SECOND
            info["last_error_message"] = webhook.last_error
    allowed = world.state.allowed_updates
    if allowed:
        info["allowed_updates"] = list(allowed)
    return info


def _note(world: World) -> str:
    return world.webhooks.note


METHODS: Final = (
    Method("getUpdates", "offset limit timeout allowed_updates", get_updates),
    Method(
        "setWebhook",
        "url certificate ip_address max_connections allowed_updates drop_pending_updates secret_token",
        set_webhook,
        note=_note,
    ),
    Method("deleteWebhook", "drop_pending_updates", delete_webhook, note=_note),
    Method("getWebhookInfo", "", get_webhook_info),
)
