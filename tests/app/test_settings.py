"""Settings are read once, checked together and told all at once."""

from __future__ import annotations

import stat

import pytest

from bot import docs, local
from bot.errors import SettingsError
from bot.settings import Settings, env_name, load, parse_keys

LIVE = {
    "TELEGRAM_TOKEN": "123456789:" + "A" * 35,
    "PHONEDESK_PUBLIC_URL": "https://desk.example.com",
    "PHONEDESK_SMS_URL": "https://sms.example.com/send",
    "PHONEDESK_EMAIL_URL": "smtp://mail.example.com:587",
    "PHONEDESK_AGENTS_GROUP": "-1001234567890",
    "PHONEDESK_AGENTS": "9001, 9002",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No .env of the machine's, and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(env_name(name), raising=False)


@pytest.fixture
def live(monkeypatch):
    """A complete deployment in the environment."""
    for name, value in {**LIVE, **{env_name(k): v for k, v in local.new_keys().items()}}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def told(**given) -> str:
    with pytest.raises(SettingsError) as caught:
        load(given)
    return str(caught.value)


def test_a_complete_deployment_is_taken_and_frozen(live):
    """What the environment sets arrives with its type, and nothing changes it afterwards."""
    settings = load()

    assert ((9001, 9002), -1001234567890, False) == (settings.agents, settings.agents_group, settings.sandbox)
    with pytest.raises(Exception, match="frozen"):
        settings.port = 1


def test_the_env_file_counts_and_the_environment_wins(live, tmp_path):
    """.env is for what does not change; the environment overrides it."""
    (tmp_path / ".env").write_text("PHONEDESK_COMPANY=From the file\nPHONEDESK_PORT=1234\n")
    live.setenv("PHONEDESK_PORT", "4321")

    assert ("From the file", 4321) == (load().company, load().port)


def test_all_problems_are_told_in_one_message(live):
    """An operator mends everything in one go, by the environment's own names."""
    for name, value in {
        "TELEGRAM_TOKEN": "nonsense",
        "PHONEDESK_PUBLIC_URL": "http://desk.example.com",
        "PHONEDESK_SMS_URL": "",
        "PHONEDESK_AGENTS": "",
        "PHONEDESK_DATABASE": "mysql://x",
        "PHONEDESK_CODE_KEYS": "1:short",
    }.items():
        live.setenv(name, value)

    message = told()

    for name in ("TELEGRAM_TOKEN", "PUBLIC_URL", "SMS_URL", "AGENTS", "DATABASE", "CODE_KEYS"):
        assert name in message
    assert 6 <= message.count("\n  - ")
    assert "nonsense" not in message


def test_a_value_of_the_wrong_kind_is_told_by_its_name(live):
    """A port that is no number stops the start with its name."""
    live.setenv("PHONEDESK_PORT", "many")

    assert "PHONEDESK_PORT" in told()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMS_COSTS", "cheap"),
        ("SMS_DAY_COST", "0"),
        ("SMS_DAY_COUNT", "0"),
        ("SMS_COUNTRY_COUNT", "none"),
        ("SIM_CHECK", "somebody"),
        ("SIM_CHECK", "ftp://sims.example.com"),
        ("SIM_HOURS", "0"),
    ],
)
def test_what_text_messages_may_cost_is_checked_at_the_start(live, name, value):
    """A price, a cap, a count or a hook that cannot be meant stops the start by its name."""
    live.setenv(f"PHONEDESK_{name}", value)

    assert f"PHONEDESK_{name}" in told()


@pytest.mark.parametrize("further", ["-1001234567890", "-1002, -1002", "1002"])
def test_a_further_group_is_another_group(live, further):
    """Named twice, or by an id that no group has, it would be no room for more topics."""
    live.setenv("PHONEDESK_AGENTS_GROUPS_NEXT", further)

    assert "PHONEDESK_AGENTS_GROUPS_NEXT" in told()


def test_groups_are_filled_in_the_order_in_which_they_are_set(live):
    """The one that there was first, then those that came to it."""
    live.setenv("PHONEDESK_AGENTS_GROUPS_NEXT", "-1003, -1002")

    assert (-1001234567890, -1003, -1002) == load().groups


def test_a_misspelt_name_is_told(live):
    """A setting that nobody reads is most likely a typo."""
    live.setenv("PHONEDESK_COMPANNY", "x")

    assert "PHONEDESK_COMPANNY" in told()


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("", "missing"),
        ("1:" + "A" * 43 + "=", "not random"),
        ("1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "not random"),
        ("1:Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUhISE=", "not random"),
        ("1:QUFB", "3 bytes"),
        ("0:" + "A" * 43 + "=", "version"),
        ("QUFB", "version:base64"),
        ("1:!!", "not base64"),
    ],
)
def test_weak_keys_are_refused(keys, why):
    """Missing, short, malformed or made-up keys stop the start."""
    with pytest.raises(ValueError, match=why):
        parse_keys(keys)


def test_one_key_for_two_jobs_is_refused(live):
    """Each job needs a key of its own."""
    live.setenv("PHONEDESK_CODE_KEYS", load().field_keys)

    assert "each job and version needs a key of its own" in told()


def test_a_version_has_one_key_and_a_key_one_version(live):
    """A key that stands twice would not be rotated; of two under one number one would be lost."""
    keys = load()
    live.setenv("PHONEDESK_FIELD_KEYS", f"2:{keys.field_keys.partition(':')[2]},{keys.field_keys}")
    same = told()
    live.setenv("PHONEDESK_FIELD_KEYS", f"{local.new_keys()['field_keys']},{keys.field_keys}")

    assert "two of them are the same" in same
    assert "PHONEDESK_FIELD_KEYS: there are two keys 1" in told()


def test_a_third_index_key_is_refused(live):
    """Whatever is looked up is looked up under two keys at most: one rotation ends before the next begins."""
    fresh = [local.new_keys()["index_keys"].partition(":")[2] for _ in range(3)]
    live.setenv("PHONEDESK_INDEX_KEYS", ",".join(f"{version}:{key}" for version, key in enumerate(fresh, 1)))

    assert "PHONEDESK_INDEX_KEYS: two at most" in told()


def test_no_message_and_no_repr_shows_a_secret(live):
    """Faults name settings; the settings' own text hides tokens, passwords and keys."""
    settings = load()
    secrets = [settings.telegram_token, settings.field_keys, settings.code_keys]
    live.setenv("PHONEDESK_PORT", "x")

    assert [] == [secret for secret in secrets if secret in told()]
    assert [] == [secret for secret in secrets if secret in repr(settings)]


def test_a_sandbox_needs_no_setting_and_keeps_its_keys(tmp_path):
    """The first start makes keys that only their owner may read; the next one finds them."""
    first = local.sandbox_settings(tmp_path / "var")
    second = local.sandbox_settings(tmp_path / "var")

    assert first.sandbox
    assert first.field_keys == second.field_keys
    assert 0o600 == stat.S_IMODE((tmp_path / "var" / "keys.json").stat().st_mode)


def test_the_example_names_every_setting_and_nothing_else():
    """.env.example is complete."""
    names = [
        line[1:].partition("=")[0] for line in docs.env_example().splitlines() if line[:1] == "#" and "=" in line[:60]
    ]

    assert [env_name(name) for name in Settings.model_fields] == [
        n for n in names if n.isupper() or n.startswith("PHONE")
    ]


def test_a_stale_page_is_named(tmp_path):
    """What is generated is written where it is missing, and found again as fresh."""
    for page in (docs._MANUAL, docs._README, docs._SHOWN, docs._LIST, docs._DESK, docs._COMPARED, docs._SECURITY):
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / page).write_text((docs._ROOT / page).read_text("utf-8"), "utf-8")

    partials = tmp_path / "tests" / "scripts" / "partials"
    partials.symlink_to(docs._ROOT / "tests" / "scripts" / "partials")
    written = docs.write_pages(tmp_path)

    assert docs.Path(".env.example") in written
    assert [] == docs.stale_pages(tmp_path)
