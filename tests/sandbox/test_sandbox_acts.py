from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox_play import ANN, FORUM, KWAME, MIRA, OMAR

from bot.clock import DAY, HOUR
from bot.sandbox import BOT_ID, RefusedError

if TYPE_CHECKING:
    from sandbox_play import Play

INLINE = {
    "inline_keyboard": [
        [{"text": "Yes", "callback_data": "y"}, {"text": "Site", "url": "https://example.org/"}],
        [{"text": "Copy", "copy_text": {"text": "abc"}}],
    ]
}
KEYS = {"keyboard": [[{"text": "Share", "request_contact": True}, "Later"]], "one_time_keyboard": True}


def test_a_deep_link_is_a_plain_message_with_one_command(play: Play) -> None:
    """The payload follows the command; a first Start makes the chat."""
    play.acts.start(KWAME, "from_site-1")
    message = play.update()["message"]

    assert (message["text"], message["entities"]) == (
        "/start from_site-1",
        [{"type": "bot_command", "offset": 0, "length": 6}],
    )
    assert (message["chat"], message["from"]["language_code"]) == (
        {"id": KWAME, "type": "private", "first_name": "Kwame"},
        "en",
    )
    with pytest.raises(RefusedError, match="a payload is"):
        play.acts.start(KWAME, "a b")


async def test_a_tap_makes_a_query(play: Play) -> None:
    """The update holds the message, the data and who pressed; another person may be the presser."""
    sent = await play.ok("sendMessage", chat_id=ANN, text="a", reply_markup=INLINE)
    press = play.acts.tap(ANN, "Yes", foreign=KWAME)
    query = play.update()["callback_query"]

    assert (press.query_id, "y", KWAME) == (query["id"], query["data"], query["from"]["id"])
    assert (sent["message_id"], INLINE) == (query["message"]["message_id"], query["message"]["reply_markup"])
    assert play.acts.tap(ANN, data="y").query_id == play.update()["callback_query"]["id"]
    assert play.acts.tap(ANN, "Site").opened == "https://example.org/"
    assert play.acts.tap(ANN, "Copy").copied == "abc"


async def test_a_tap_finds_the_newest_button_and_names_what_is_there(play: Play) -> None:
    """The newest message with the label; another by its id; a wrong label lists the right ones."""
    old = await play.ok("sendMessage", chat_id=ANN, text="a", reply_markup=INLINE)
    new = await play.ok("sendMessage", chat_id=ANN, text="b", reply_markup=INLINE)

    assert play.acts.tap(ANN, "Yes").message.id == new["message_id"]  # type: ignore[union-attr]  # it has one
    assert play.acts.tap(ANN, "Yes", message_id=old["message_id"]).message.id == old["message_id"]  # type: ignore[union-attr]  # as above
    with pytest.raises(RefusedError, match='no button "No" for 7001; the buttons are: Yes, Site, Copy'):
        play.acts.tap(ANN, "No")
    with pytest.raises(RefusedError, match="the buttons are: none"):
        play.acts.tap(ANN, "Yes", message_id=1)


async def test_a_forged_press_carries_any_data(play: Play) -> None:
    """Of a deleted message only id and chat are left."""
    sent = await play.ok("sendMessage", chat_id=ANN, text="a")
    await play.ok("deleteMessage", chat_id=ANN, message_id=sent["message_id"])
    play.acts.tap(ANN, data="forged", message_id=sent["message_id"], forged=True)
    query = play.update()["callback_query"]

    assert query["data"] == "forged"
    assert (sent["message_id"], 0) == (query["message"]["message_id"], query["message"]["date"])
    with pytest.raises(RefusedError, match="needs data and message_id"):
        play.acts.tap(ANN, data="x", forged=True)


async def test_a_reply_keyboard_sends_text_or_contact(play: Play) -> None:
    """A contact answers the prompt with the person's own number; a one-time keyboard hides."""
    prompt = await play.ok("sendMessage", chat_id=ANN, text="Your number?", reply_markup=KEYS)
    play.acts.tap(ANN, "Share")
    message = play.update()["message"]

    assert message["contact"] == {
        "phone_number": "4915112345678",
        "first_name": "Ann",
        "last_name": "Meyer",
        "user_id": ANN,
    }
    assert prompt["message_id"] == message["reply_to_message"]["message_id"]
    keyboard = play.world.state.chats[ANN].keyboard
    assert keyboard is not None
    assert keyboard.hidden
    play.acts.tap(ANN, "Later")
    assert play.update()["message"]["text"] == "Later"
    await play.ok("sendMessage", chat_id=ANN, text="Thanks", reply_markup={"remove_keyboard": True})
    with pytest.raises(RefusedError, match="the buttons are: none"):
        play.acts.tap(ANN, "Later")


def test_contacts_of_others(play: Play) -> None:
    """Another's card has their id or none; a forwarded one has an origin."""
    play.acts.contact(ANN, own=False, phone="+33612345678", user_id=KWAME, plus=True)
    play.acts.contact(ANN, own=False, phone="+33612345678")
    play.acts.contact(ANN, forwarded=True)
    other, stranger, forwarded = (update["message"] for update in play.world.take_updates())

    assert (other["contact"]["phone_number"], other["contact"]["user_id"]) == ("+33612345678", KWAME)
    assert "user_id" not in stranger["contact"]
    assert forwarded["forward_origin"]["type"] == "hidden_user"
    with pytest.raises(RefusedError, match="has no phone number"):
        play.acts.contact(KWAME)


def test_edits_are_seen_for_a_day(play: Play) -> None:
    """A change is told for 24 hours and possible for 48; no change, or another's message, is refused."""
    said = play.acts.say(ANN, "a")
    photo = play.acts.media(ANN, "photo", caption="a")
    play.world.take_updates()
    play.acts.edit(ANN, said.id, "b")
    play.acts.edit(ANN, photo.id, "c")
    text, caption = (update["edited_message"] for update in play.world.take_updates())

    assert (text["text"], caption["caption"]) == ("b", "c")
    assert text["edit_date"]
    with pytest.raises(RefusedError, match="what it was"):
        play.acts.edit(ANN, said.id, "b")
    play.clock.advance(DAY + HOUR)
    play.acts.edit(ANN, said.id, "c")
    assert play.world.take_updates() == []
    play.clock.advance(DAY)
    with pytest.raises(RefusedError, match="48 hours"):
        play.acts.edit(ANN, said.id, "d")


async def test_one_edits_only_ones_own(play: Play) -> None:
    """The bot's message is not the person's to edit, but theirs to delete in their chat, unheard."""
    sent = await play.ok("sendMessage", chat_id=ANN, text="a")
    with pytest.raises(RefusedError, match="is not Ann Meyer's to edit"):
        play.acts.edit(ANN, sent["message_id"], "b")

    assert play.acts.delete(ANN, sent["message_id"]).deleted
    assert play.world.take_updates() == []


def test_blocking_is_told_as_my_chat_member(play: Play) -> None:
    """Member to kicked and back; acts in the chat are refused meanwhile; Start unblocks."""
    play.acts.block(ANN)
    change = play.update()["my_chat_member"]

    assert (change["from"]["id"], change["new_chat_member"]["user"]["id"]) == (ANN, BOT_ID)
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    assert change["new_chat_member"]["until_date"] == 0
    with pytest.raises(RefusedError, match="unblock it first"):
        play.acts.say(ANN, "a")
    play.acts.start(ANN)
    back, start = play.world.take_updates()
    assert back["my_chat_member"]["new_chat_member"]["status"] == "member"
    assert start["message"]["text"] == "/start"


def test_agents_in_the_group(play: Play) -> None:
    """An anonymous administrator, another bot and a channel's post each have their own look."""
    play.acts.person(5000, "Helper", is_bot=True)
    play.acts.join(5000, FORUM)
    play.world.take_updates()
    play.acts.say(MIRA, "a", chat=FORUM, anonymous=True)
    play.acts.say(5000, "b", chat=FORUM)
    play.acts.channel_post(FORUM, "c")
    anonymous, helper, post = (update["message"] for update in play.world.take_updates())

    assert (anonymous["from"]["id"], anonymous["sender_chat"]["id"]) == (1087968824, FORUM)
    assert helper["from"]["is_bot"]
    assert (
        post["from"]["id"],
        post["is_automatic_forward"],
        post["forward_origin"]["type"],
    ) == (777000, True, "channel")
    with pytest.raises(RefusedError, match="no administrator"):
        play.acts.say(OMAR, "a", chat=FORUM, anonymous=True)


async def test_coming_and_going(play: Play) -> None:
    """Service messages always, chat_member when asked for, my_chat_member for the bot."""
    await play.ok("getUpdates", allowed_updates=["message", "chat_member", "my_chat_member"])
    play.acts.join(KWAME, FORUM)
    play.acts.promote(KWAME, FORUM, title="Lead")
    play.acts.demote(KWAME, FORUM, by=MIRA)
    play.acts.leave(KWAME, FORUM)
    updates = play.world.take_updates()
    changes = [update["chat_member"]["new_chat_member"]["status"] for update in updates if "chat_member" in update]

    assert changes == ["member", "administrator", "member", "left"]
    assert updates[1]["message"]["new_chat_members"][0]["id"] == KWAME
    assert updates[-1]["message"]["left_chat_member"]["id"] == KWAME
    play.acts.kick_bot(MIRA, FORUM)
    assert play.update()["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    play.acts.add_bot(MIRA, FORUM)
    assert [set(update) - {"update_id"} for update in play.world.take_updates()] == [{"my_chat_member"}, {"message"}]


def test_media_of_every_kind(play: Play) -> None:
    """Without data a sample is sent; an album shares its id; a spoiler shows."""
    for kind in ("document", "video", "audio", "voice", "video_note", "animation", "sticker"):
        play.acts.media(ANN, kind)
        assert play.update()["message"][kind]["file_id"]
    play.acts.media(ANN, "photo", spoiler=True)
    assert play.update()["message"]["has_media_spoiler"]
    play.acts.album(ANN, [{"kind": "photo"}, {"kind": "video", "caption": "b"}])
    first, second = (update["message"] for update in play.world.take_updates())
    assert first["media_group_id"] == second["media_group_id"]


@pytest.mark.parametrize(
    ("act", "fields", "error"),
    [
        ("say", {"person": 1, "text": "a"}, "there is no person 1; there are: .*7001 Ann Meyer"),
        ("say", {"person": ANN, "text": " "}, "the text is empty"),
        ("say", {"person": ANN, "text": "a" * 4097}, "at most 4096"),
        ("say", {"person": ANN, "text": "a", "chat": FORUM}, "is not in Support desk"),
        ("say", {"person": ANN, "text": "a", "chat": -5}, "there is no group -5; there are: -1001000000001"),
        ("say", {"person": ANN, "text": "a", "reply_to": 99}, "there is no message 99"),
        ("say", {"person": MIRA, "text": "a", "chat": FORUM, "thread": 99}, "there is no topic 99"),
        ("media", {"person": ANN, "kind": "gif"}, "the kinds are: animation, photo"),
        ("media", {"person": ANN, "kind": "photo", "data": "?"}, "data must be base64"),
        ("media", {"person": ANN, "kind": "photo", "data": "AAAA"}, "IMAGE_PROCESS_FAILED"),
        ("media", {"person": ANN, "kind": "sticker", "caption": "a"}, "a sticker has no caption"),
        ("album", {"person": ANN, "items": [{"kind": "photo"}]}, "2 to 10"),
        ("album", {"person": ANN, "items": [{"kid": "photo"}] * 2}, "no field kid"),
        ("react", {"person": ANN, "message_id": 1, "emoji": ["x"]}, "a reaction is one of"),
        ("react", {"person": ANN, "message_id": 1, "emoji": []}, "what it was"),
        ("tap", {"person": ANN}, "either label or data"),
        ("unblock", {"person": ANN}, "has not blocked"),
        ("person", {"person": BOT_ID, "first_name": "a"}, "is the bot itself"),
        ("person", {"person": -1, "first_name": "a"}, "positive"),
        ("group", {"chat": FORUM, "title": "a", "owner": MIRA}, "already"),
        ("group", {"chat": -5, "title": "a", "owner": MIRA}, "a supergroup's id is below"),
        ("group", {"chat": -5, "title": "a", "owner": MIRA, "type": "group", "forum": True}, "only a supergroup"),
        ("join", {"person": MIRA, "chat": FORUM}, "already"),
        ("promote", {"person": OMAR, "chat": FORUM, "rights": ["can_fly"]}, 'there is no right "can_fly"'),
        ("upgrade", {"person": MIRA, "chat": FORUM}, "a supergroup already"),
        ("add_bot", {"person": MIRA, "chat": FORUM}, "already"),
        ("topic_create", {"person": MIRA, "chat": FORUM, "name": "a", "icon_color": 1}, "colour"),
        ("topic_close", {"person": MIRA, "chat": FORUM, "thread": 9}, "there is no topic 9; there are: none"),
        ("edit", {"person": ANN, "message_id": 99, "text": "a"}, "there is no message 99"),
        ("forward", {"person": ANN, "message_id": 99}, "there is no message 99"),
    ],
)
def test_what_cannot_be_done_says_what_can(play: Play, act: str, fields: dict[str, Any], error: str) -> None:
    """A refusal names the person, place or button that was meant."""
    with pytest.raises(RefusedError, match=error):
        getattr(play.acts, act)(**fields)
    assert play.world.take_updates() == []


def test_topics_need_their_agent(play: Play) -> None:
    """A plain member may not close another's topic; closing twice is refused."""
    topic = play.acts.topic_create(MIRA, FORUM, "a")
    with pytest.raises(RefusedError, match="may not manage topics"):
        play.acts.topic_close(OMAR, FORUM, topic.id)
    play.acts.topic_close(MIRA, FORUM, topic.id)
    with pytest.raises(RefusedError, match="is closed already"):
        play.acts.topic_close(MIRA, FORUM, topic.id)
    play.acts.forum(MIRA, FORUM, on=False)
    with pytest.raises(RefusedError, match="has no topics"):
        play.acts.topic_reopen(MIRA, FORUM, topic.id)


async def test_forwarding_by_hand(play: Play) -> None:
    """The first author stays the origin; a protected message cannot be forwarded."""
    play.acts.join(ANN, FORUM)
    said = play.acts.say(ANN, "a")
    play.world.take_updates()
    forwarded = play.acts.forward(ANN, said.id, chat=FORUM)
    again = play.acts.forward(MIRA, forwarded.id, from_chat=FORUM, chat=FORUM)
    protected = await play.ok("sendMessage", chat_id=ANN, text="b", protect_content=True)

    assert forwarded.forward_origin == again.forward_origin
    assert play.world.take_updates()[0]["message"]["forward_origin"]["sender_user"]["id"] == ANN
    with pytest.raises(RefusedError, match="protected"):
        play.acts.forward(ANN, protected["message_id"], chat=FORUM)


async def test_forum_on_upgrades_a_basic_group(play: Play) -> None:
    """Topics make a supergroup of a basic group, with its members and a new id."""
    play.acts.group(-500, "Basic", MIRA, type="group", members=[OMAR])
    place = play.acts.forum(MIRA, -500, on=True)

    assert (place.id, place.is_forum) == (-1_000_000_000_500, True)
    assert {MIRA, OMAR, BOT_ID} == {member.user for member in place.present()}
    with pytest.raises(RefusedError, match="became the supergroup"):
        play.acts.say(MIRA, "a", chat=-500)
