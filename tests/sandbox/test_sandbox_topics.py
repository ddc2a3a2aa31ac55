from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sandbox_play import ANN, FORUM, MIRA, OMAR

from bot.sandbox import BOT_ID, RefusedError

if TYPE_CHECKING:
    from sandbox_play import Play


async def test_a_topics_id_is_that_of_its_service_message(play: Play) -> None:
    """The bot gets its own service message, and messages in the topic answer it implicitly."""
    topic = await play.ok("createForumTopic", chat_id=FORUM, name="Ticket 1", icon_color=16766590)
    number = topic["message_thread_id"]
    opened = play.update()["message"]
    sent = await play.ok("sendMessage", chat_id=FORUM, text="a", message_thread_id=number)
    said = play.acts.say(MIRA, "b", chat=FORUM, thread=number)
    heard = play.update()["message"]

    assert {"message_thread_id": number, "name": "Ticket 1", "icon_color": 16766590} == topic
    assert (number, number, BOT_ID) == (opened["message_id"], opened["message_thread_id"], opened["from"]["id"])
    assert opened["forum_topic_created"] == {"name": "Ticket 1", "icon_color": 16766590}
    for message in (sent, heard):
        assert message["is_topic_message"]
        assert number == message["message_thread_id"] == message["reply_to_message"]["message_id"]
    explicit = await play.ok("sendMessage", chat_id=FORUM, text="c", reply_parameters={"message_id": said.id})
    assert (number, said.id) == (explicit["message_thread_id"], explicit["reply_to_message"]["message_id"])


async def test_general_has_no_thread(play: Play) -> None:
    """A message without a thread is in General and no topic message."""
    play.acts.say(MIRA, "a", chat=FORUM)
    message = play.update()["message"]

    assert message["chat"]["is_forum"]
    assert not {"message_thread_id", "is_topic_message", "reply_to_message"} & message.keys()


async def test_a_topic_changes_once(play: Play) -> None:
    """A change is told to the bot; the same change again is TOPIC_NOT_MODIFIED; nothing to change is fine."""
    topic = await play.ok("createForumTopic", chat_id=FORUM, name="x" * 200)
    target = {"chat_id": FORUM, "message_thread_id": topic["message_thread_id"]}
    play.world.take_updates()
    same = "400 Bad Request: TOPIC_NOT_MODIFIED"

    assert len(topic["name"]) == 128
    assert await play.ok("editForumTopic", **target, name="New")
    assert same == await play.refusal("editForumTopic", **target, name="New")
    assert await play.ok("editForumTopic", **target)
    assert await play.ok("closeForumTopic", **target)
    assert same == await play.refusal("closeForumTopic", **target)
    assert await play.ok("reopenForumTopic", **target)
    assert same == await play.refusal("reopenForumTopic", **target)
    kinds = ["forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"]
    assert kinds == [list(update["message"])[-1] for update in play.world.take_updates()]


async def test_a_closed_topic_refuses_only_who_may_not_manage_it(play: Play) -> None:
    """TOPIC_CLOSED for a bot without the right in another's topic; agents likewise."""
    topic = play.acts.topic_create(MIRA, FORUM, "By hand")
    play.acts.topic_close(MIRA, FORUM, topic.id)
    target = {"chat_id": FORUM, "message_thread_id": topic.id, "text": "a"}

    assert await play.ok("sendMessage", **target)
    with pytest.raises(RefusedError, match="is closed"):
        play.acts.say(OMAR, "a", chat=FORUM, thread=topic.id)
    play.acts.bot_rights(MIRA, FORUM, ["can_pin_messages"])
    assert await play.refusal("sendMessage", **target) == "400 Bad Request: TOPIC_CLOSED"


@pytest.mark.parametrize(("setting", "error"), [("thread", "message thread not found"), ("topic", "TOPIC_DELETED")])
async def test_a_deleted_topic_is_found_out_on_send(play: Play, setting: str, error: str) -> None:
    """A person's deletion makes no update; the next send fails, in one of Telegram's two ways."""
    topic = await play.ok("createForumTopic", chat_id=FORUM, name="Ticket")
    number = topic["message_thread_id"]
    play.acts.say(MIRA, "a", chat=FORUM, thread=number)
    play.world.take_updates()
    play.acts.topic_delete(MIRA, FORUM, number)
    play.world.settings.deleted_topic = setting  # type: ignore[assignment]  # parametrised

    assert play.world.take_updates() == []
    assert f"400 Bad Request: {error}" == await play.refusal(
        "sendMessage", chat_id=FORUM, text="a", message_thread_id=number
    )
    assert (
        await play.refusal("closeForumTopic", chat_id=FORUM, message_thread_id=number)
        == "400 Bad Request: TOPIC_ID_INVALID"
    )


async def test_topics_can_be_switched_off(play: Play) -> None:
    """Without topics the group is no forum, and old threads are not found."""
    topic = await play.ok("createForumTopic", chat_id=FORUM, name="Ticket")
    play.acts.forum(MIRA, FORUM, on=False)

    assert await play.refusal("createForumTopic", chat_id=FORUM, name="a") == "400 Bad Request: the chat is not a forum"
    assert (
        await play.refusal("sendMessage", chat_id=FORUM, text="a", message_thread_id=topic["message_thread_id"])
        == "400 Bad Request: message thread not found"
    )


@pytest.mark.parametrize(
    ("method", "params", "error"),
    [
        ("createForumTopic", {"name": " "}, "name must be non-empty"),
        ("createForumTopic", {"name": "a", "icon_color": 1}, "invalid icon color specified"),
        ("editForumTopic", {"name": "a"}, "invalid forum topic identifier specified"),
        ("deleteForumTopic", {"message_thread_id": 999}, "TOPIC_ID_INVALID"),
    ],
)
async def test_wrong_topics_are_refused(play: Play, method: str, params: dict[str, object], error: str) -> None:
    """Each slip has its text."""
    assert f"400 Bad Request: {error}" == await play.refusal(method, chat_id=FORUM, **params)


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("createForumTopic", "not enough rights to create a topic"),
        ("editForumTopic", "not enough rights to edit the topic"),
        ("closeForumTopic", "not enough rights to close or open the topic"),
        ("reopenForumTopic", "not enough rights to close or open the topic"),
        ("deleteForumTopic", "not enough rights to delete the topic"),
    ],
)
async def test_topics_need_rights(play: Play, method: str, error: str) -> None:
    """Without the right only the bot's own topics obey it."""
    topic = play.acts.topic_create(MIRA, FORUM, "By hand")
    play.acts.bot_rights(MIRA, FORUM, ["can_pin_messages"])
    params: dict[str, object] = {"name": "a"} if method in {"createForumTopic", "editForumTopic"} else {}
    if method != "createForumTopic":
        params |= {"message_thread_id": topic.id}

    assert f"400 Bad Request: {error}" == await play.refusal(method, chat_id=FORUM, **params)


async def test_a_private_chat_is_no_forum(play: Play) -> None:
    """The two texts Telegram has for it."""
    params = {"chat_id": ANN, "message_thread_id": 1}

    assert await play.refusal("deleteForumTopic", **params) == "400 Bad Request: the chat is not a forum"
    assert await play.refusal("closeForumTopic", **params) == "400 Bad Request: the chat is not a supergroup forum"


async def test_chats_and_members_can_be_looked_at(play: Play) -> None:
    """getChat, getChatMember and their sisters show standing and rights."""
    chat = await play.ok("getChat", chat_id=FORUM)
    me = await play.ok("getChatMember", chat_id=FORUM, user_id=BOT_ID)
    admins = await play.ok("getChatAdministrators", chat_id=FORUM)

    assert (chat["title"], chat["is_forum"]) == ("Support desk", True)
    assert (me["status"], me["can_manage_topics"]) == ("administrator", True)
    assert {MIRA, BOT_ID} == {admin["user"]["id"] for admin in admins}
    assert await play.ok("getChatMemberCount", chat_id=FORUM) == 3
    assert (await play.ok("getChatMember", chat_id=FORUM, user_id=ANN))["status"] == "left"
    for params in ({"chat_id": FORUM, "user_id": 5}, {"chat_id": ANN, "user_id": MIRA}):
        assert await play.refusal("getChatMember", **params) == "400 Bad Request: member not found"
    assert (
        await play.refusal("getChatAdministrators", chat_id=ANN)
        == "400 Bad Request: there are no administrators in the private chat"
    )
    assert await play.ok("leaveChat", chat_id=FORUM)
    assert await play.refusal("getChat", chat_id=FORUM) == "403 Forbidden: bot is not a member of the supergroup chat"
