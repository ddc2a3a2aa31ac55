"""What ``phonedesk run`` makes by itself when no token is set: keys, a database, and the sandbox in place of the world.

Everything lies in the folder ``var``. The keys are drawn once and kept in ``var/keys.json``, readable by their owner
only: without them the database of that folder cannot be opened any more.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from bot.db.connect import SQLITE
from bot.domain.vault import new_key
from bot.sandbox import BOT_TOKEN, GATEWAY_TOKEN
from bot.sandbox.demo import AGENTS, FORUM
from bot.settings import KEY_SETTINGS, Settings, env_name, load, set_names

FOLDER = Path("var")
API_TOKEN = "sandbox-website"  # noqa: S105 - opens the API of a sandbox on one's own machine only
ACCOUNTS_TOKEN = "sandbox-accounts"  # noqa: S105 - opens the reference account system, on one's own machine only


def new_keys() -> dict[str, str]:
    """A fresh key for every key setting, as the settings take them."""
    return {name: f"1:{base64.b64encode(new_key()).decode()}" for name in KEY_SETTINGS}


def kept_keys(folder: Path) -> dict[str, str]:
    """The keys of this folder, made on first use."""
    path = folder / "keys.json"
    try:
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = new_keys()
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    return kept


def sandbox_settings(folder: Path = FOLDER) -> Settings:
    """Settings that run everything on this machine; what the environment sets wins.

    Raises:
        SettingsError: a setting of the environment is wrong.
    """
    filled = {
        **kept_keys(folder),
        "database": f"{SQLITE}{folder / 'phonedesk.db'}",
        "agents_group": FORUM,
        "agents": AGENTS,
        "api_token": API_TOKEN,
        "sms_token": GATEWAY_TOKEN,
        "email_token": GATEWAY_TOKEN,
    }
    names = set_names()
    return load({name: value for name, value in filled.items() if env_name(name) not in names})


def at_port(settings: Settings, port: int) -> Settings:
    """The settings with every address pointing at the sandbox that listens on ``port``."""
    base = f"http://{settings.host}:{port}"
    return settings.model_copy(
        update={
            "telegram_token": BOT_TOKEN,
            "telegram_url": base,
            "public_url": base,
            "sms_url": f"{base}/gateway/sms",
            "email_url": f"{base}/gateway/email",
        }
    )
