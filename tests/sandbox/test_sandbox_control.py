from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sandbox_play import ANN, FORUM, KWAME, MIRA

if TYPE_CHECKING:
    import httpx
    from sandbox_play import Play

YES = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


async def act(http: httpx.AsyncClient, name: str, /, **fields: Any) -> dict[str, Any]:
    answer = await http.post(f"/sim/acts/{name}", json=fields)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def state(http: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await http.get("/sim/state", params=params)).json()
    return body


async def test_an_act_answers_with_what_it_made(http: httpx.AsyncClient, play: Play) -> None:
    """A message, a query, a topic, a group, a person or an update, each under its name."""
    said = await act(http, "say", person=ANN, text="hello")
    await play.ok("sendMessage", chat_id=ANN, text="a", reply_markup=YES)
    topic = await act(http, "topic_create", person=MIRA, chat=FORUM, name="By hand")

    assert (said["message"]["text"], said["message"]["sim"]["out"]) == ("hello", False)
    assert (await act(http, "tap", person=ANN, label="Yes"))["query_id"]
    assert topic["topic"]["name"] == "By hand"
    assert (await act(http, "group", chat=-1001000000009, title="New", owner=MIRA))["chat"]["title"] == "New"
    assert (await act(http, "person", person=8, first_name="New"))["person"]["id"] == 8
    assert (await act(http, "deliver", update={"update_id": 5}))["update_id"] == 5
    assert len((await act(http, "album", person=ANN, items=[{"kind": "photo"}] * 2))["messages"]) == 2
    assert set(await act(http, "block", person=ANN)) == {"version"}


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/sim/acts/fly", {}, 404, 'there is no act "fly"; the acts are: add_bot,'),
        ("/sim/acts/private_chat", {"person": 1}, 404, "there is no act"),
        ("/sim/acts/say", {"person": ANN}, 422, "text: Missing required argument"),
        ("/sim/acts/say", {"person": ANN, "text": "a", "chats": 1}, 422, "chats: Unexpected keyword argument"),
        ("/sim/acts/say", {"person": "x", "text": "a"}, 422, "person: Input should be a valid integer"),
        ("/sim/acts/say", {"person": 1, "text": "a"}, 404, "there is no person 1"),
        ("/sim/acts/tap", {"person": ANN, "label": "No"}, 409, 'no button "No"'),
        ("/sim/acts/say", [], 409, "the body must be a JSON object"),
        ("/sim/clock", {"advance": -1}, 409, "at least 0"),
        ("/sim/clock", {"forward": 1}, 409, 'unknown field "forward"; the fields are: advance'),
        ("/sim/settings", {"flood": "wild"}, 422, "flood: Input should be 'off', 'documented' or 'strict'"),
        ("/sim/settings", {"floods": "off"}, 409, 'unknown field "floods"'),
        ("/sim/faults", {"method": "sendMessage"}, 422, "kind: Field required"),
        ("/sim/faults", {"method": "sendMessage", "kind": "down"}, 409, "cannot fail by down"),
    ],
)
async def test_a_wrong_request_is_refused_with_help(
    http: httpx.AsyncClient, path: str, body: Any, status: int, error: str
) -> None:
    """The error says what is wrong and what would be right."""
    answer = await http.post(path, json=body)

    assert answer.status_code == status
    assert error in answer.json()["error"]


async def test_another_web_page_cannot_post(http: httpx.AsyncClient) -> None:
    """A form's content type is refused, which forces a browser to ask first."""
    answer = await http.post("/sim/acts/say", content='{"person": 7001, "text": "a"}')

    assert answer.status_code == 415
    half = await http.post(
        "/sim/acts/say", content=r'{"person": 7001, "text": "\ud800"}', headers={"content-type": "application/json"}
    )
    assert half.json() == {"error": "the body is no JSON in UTF-8"}
    assert (await http.get("/sim/messages", params={"chat": 1})).status_code == 404
    assert (await http.get("/sim/messages", params={"chat": "x"})).status_code == 409
    assert (await http.get("/sim/files/none")).status_code == 404


async def test_state_is_full_first_and_then_what_changed(http: httpx.AsyncClient, play: Play) -> None:
    """With since and epoch only new messages come; nothing new is changed: false."""
    first = await state(http)
    since = {"since": first["version"], "epoch": first["epoch"]}
    assert (first["full"], [person["id"] for person in first["people"]][:2]) == (True, [ANN, KWAME])
    assert not (await state(http, **since))["changed"]

    await play.ok("sendMessage", chat_id=ANN, text="news")
    second = await state(http, **since)
    assert not second["full"]
    news = {chat["id"]: [message["text"] for message in chat["messages"]] for chat in second["chats"]}
    assert news == {FORUM: [], ANN: ["news"]}
    assert (await state(http, since=first["version"], epoch="other"))["full"]


async def test_state_waits_for_a_change(http: httpx.AsyncClient, play: Play) -> None:
    """A waiting request is answered by the next change."""
    first = await state(http)
    waiting = asyncio.ensure_future(state(http, since=first["version"], epoch=first["epoch"], wait=50))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    play.acts.say(ANN, "hello")

    assert (await waiting)["chats"][1]["messages"][0]["text"] == "hello"


async def test_state_is_for_some_people(http: httpx.AsyncClient, play: Play) -> None:
    """Chats and toasts of the named people only."""
    play.acts.start(KWAME)
    await play.ok("sendMessage", chat_id=ANN, text="a", reply_markup=YES)
    press = play.acts.tap(ANN, "Yes")
    await play.ok("answerCallbackQuery", callback_query_id=press.query_id, text="Fine", show_alert=True)

    ann, agent = await state(http, person=ANN), await state(http, person=[MIRA, KWAME])
    assert [chat["id"] for chat in ann["chats"]] == [ANN]
    assert {FORUM, KWAME} == {chat["id"] for chat in agent["chats"]}
    assert [(toast["text"], toast["alert"]) for toast in ann["toasts"]] == [("Fine", True)]
    assert agent["toasts"] == []


async def test_state_shows_keyboard_typing_topics_and_files(http: httpx.AsyncClient, play: Play) -> None:
    """What the page draws beside messages; a deleted message keeps its place."""
    keys = {"keyboard": [[{"text": "Share", "request_contact": True}]]}
    await play.ok("sendMessage", chat_id=ANN, text="a", reply_markup=keys)
    await play.ok("sendChatAction", chat_id=ANN, action="typing")
    topic = await play.ok("createForumTopic", chat_id=FORUM, name="Ticket")
    photo = play.acts.media(ANN, "photo")
    said = play.acts.say(ANN, "123456")
    await play.ok("deleteMessage", chat_id=ANN, message_id=said.id)
    await play.ok("setMyCommands", commands=[{"command": "start", "description": "Begin"}])
    shown = await state(http)
    forum, private = shown["chats"]

    assert (private["keyboard"]["markup"], private["typing"]["action"]) == (keys, "typing")
    assert [(item["id"], item["name"]) for item in forum["topics"]] == [(topic["message_thread_id"], "Ticket")]
    assert shown["bot"]["commands"] == [{"command": "start", "description": "Begin"}]
    deleted, file = private["messages"][-1], private["messages"][-2]["sim"]["file"]
    assert (deleted["message_id"], deleted["sim"]["deleted"], "text" in deleted) == (said.id, True, False)
    picture = await http.get(file["url"])
    assert picture.content == play.world.files.data(play.world.files.get(photo.content["photo"][-1]["file_id"]))  # type: ignore[arg-type]  # it is there
    assert picture.headers["x-content-type-options"] == "nosniff"


async def test_time_settings_and_faults(http: httpx.AsyncClient, play: Play) -> None:
    """The clock moves, settings change one by one, faults come and go."""
    assert (await http.post("/sim/clock", json={"advance": 90})).json()["iso"] == "2026-01-05T09:01:30Z"
    changed = (await http.post("/sim/settings", json={"flood": "strict"})).json()
    assert (changed["flood"], changed["query_life_seconds"]) == ("strict", 15)
    assert play.world.settings.flood == "strict"

    fault = {"method": "sendMessage", "kind": "error", "code": 429, "retry_after": 3, "times": 0}
    made = (await http.post("/sim/faults", json=fault)).json()["fault"]
    assert (await http.get("/sim/faults")).json()["faults"] == [made]
    assert (await http.delete(f"/sim/faults/{made['id']}")).json() == {"cleared": 1}
    assert (await http.delete("/sim/faults/99")).status_code == 404
    assert (await http.delete("/sim/faults")).json() == {"cleared": 0}


async def test_calls_and_updates_are_listed(http: httpx.AsyncClient, play: Play) -> None:
    """The journal by method and outcome, its duplicates, and what waits for the bot."""
    for _ in range(2):
        await play.ok("sendMessage", chat_id=ANN, text="a")
    await play.refusal("getFile")
    play.acts.say(ANN, "hello")
    calls = (await http.get("/sim/calls", params={"after": 1, "method": "sendMessage"})).json()
    errors = (await http.get("/sim/calls", params={"errors": "true"})).json()
    duplicates = (await http.get("/sim/calls/duplicates")).json()
    updates = (await http.get("/sim/updates")).json()

    assert [call["seq"] for call in calls["calls"]] == [2]
    assert (calls["total"], calls["errors"], errors["calls"][0]["method"]) == (3, 1, "getFile")
    assert (duplicates["count"], duplicates["duplicates"][0]["seqs"]) == (1, [1, 2])
    assert updates["pending"][0]["message"]["text"] == "hello"
    listed = (await http.get("/sim/messages", params={"chat": ANN, "after": 1})).json()
    assert [message["text"] for message in listed["messages"]] == ["a", "a", "hello"]


async def test_messages_of_both_gateways_are_listed(http: httpx.AsyncClient, play: Play) -> None:
    """By number and by address."""
    await play.world.sms(play.world.gateway_token, {"id": "a", "to": "+4915112345678", "text": "Code"})
    mail = {"id": "b", "to": "a@example.org", "subject": "s", "text": "t"}
    await play.world.email(play.world.gateway_token, mail)

    [sms] = (await http.get("/sim/sms", params={"to": "+4915112345678"})).json()["sms"]
    assert (sms["text"], sms["repeats"]) == ("Code", 0)
    assert (await http.get("/sim/sms", params={"to": "+1"})).json() == {"sms": []}
    assert len((await http.get("/sim/email")).json()["emails"]) == 1


async def test_a_reset_goes_on_counting(http: httpx.AsyncClient, play: Play) -> None:
    """The world is new, its epoch too; update and message ids are higher than all before."""
    first = await state(http)
    before = play.acts.say(ANN, "a")
    old_update = play.update()["update_id"]
    answer = (await http.post("/sim/reset", json={"demo": True})).json()
    after = play.world.acts.start(ANN)
    updates = play.world.take_updates()

    assert answer["epoch"] != first["epoch"]
    assert after.id > before.id
    assert updates[0]["update_id"] > old_update
    assert (await state(http, since=first["version"], epoch=first["epoch"]))["full"]
