from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox_play import ANN

from bot.sandbox import BOT_TOKEN, GATEWAY_TOKEN, Fault, NoAnswer

if TYPE_CHECKING:
    import httpx
    from sandbox_play import Play

BOT = f"/bot{BOT_TOKEN}"


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "GET", "params": {"chat_id": ANN, "text": "hé"}},
        {"method": "POST", "data": {"chat_id": str(ANN), "text": "hé"}},
        {"method": "POST", "json": {"chat_id": ANN, "text": "hé", "parse_mode": None}},
        {"method": "POST", "files": {"chat_id": (None, str(ANN)), "text": (None, "hé")}},
        {"method": "POST", "params": {"chat_id": ANN}, "json": {"text": "hé"}},
    ],
    ids=["query", "form", "json", "multipart", "both"],
)
async def test_parameters_come_in_every_form(http: httpx.AsyncClient, request_: dict[str, Any]) -> None:
    """Query, form, JSON and multipart mean the same; the method's case does not matter."""
    answer = await http.request(url=f"{BOT}/SENDMESSAGE", **request_)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["result"]["text"] == "hé"


async def test_uploads_and_downloads(http: httpx.AsyncClient) -> None:
    """A file goes up in its own field or behind attach://, and comes down by its path."""
    for field, extra in (("document", {}), ("mine", {"document": "attach://mine"})):
        files = {field: ("a.txt", b"hello", "text/plain")}
        sent = await http.post(f"{BOT}/sendDocument", data={"chat_id": str(ANN), **extra}, files=files)
        document = sent.json()["result"]["document"]
        got = await http.get(f"{BOT}/getFile", params={"file_id": document["file_id"]})
        file = await http.get(f"/file{BOT}/{got.json()['result']['file_path']}")

        assert (document["file_name"], document["mime_type"]) == ("a.txt", "text/plain")
        assert file.content == b"hello"
    assert (await http.get(f"/file{BOT}/documents/none")).status_code == 404


async def test_errors_have_status_body_and_header(http: httpx.AsyncClient, play: Play) -> None:
    """The status is the error code; a flood names its wait in a header; a strange path is Not Found."""
    refused = await http.post(f"{BOT}/sendMessage", json={"chat_id": ANN})
    play.world.faults.add(Fault("getMe", "error", code=429, retry_after=3))
    flooded = await http.get(f"{BOT}/getMe")

    assert (refused.status_code, refused.json()["error_code"]) == (400, 400)
    assert flooded.headers["retry-after"] == "3"
    assert (await http.get("/bot1")).json() == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert (await http.get("/bot1:x/getMe")).status_code == 401
    assert (await http.post(f"{BOT}/getMe", json=[1])).status_code == 400
    huge = {"content-length": str(10**9), "content-type": "application/json"}
    assert (await http.post(f"{BOT}/getMe", headers=huge)).status_code == 413


async def test_a_lost_answer_reaches_an_in_memory_client_as_itself(http: httpx.AsyncClient, play: Play) -> None:
    """Without a connection to drop, NoAnswer is raised."""
    play.world.faults.add(Fault("sendMessage", "timeout_after"))
    with pytest.raises(NoAnswer):
        await http.post(f"{BOT}/sendMessage", json={"chat_id": ANN, "text": "a"})


async def test_the_gateways_take_json_with_a_bearer_token(http: httpx.AsyncClient) -> None:
    """202 with the id; 401 without the token; 422 for no JSON."""
    headers = {"Authorization": f"Bearer {GATEWAY_TOKEN}"}
    sms = {"id": "a", "to": "+4915112345678", "text": "Code"}
    mail = {"id": "a", "to": "a@example.org", "subject": "s", "text": "t"}

    assert (await http.post("/gateway/sms", json=sms, headers=headers)).status_code == 202
    assert (await http.post("/gateway/email", json=mail, headers=headers)).status_code == 202
    assert (await http.post("/gateway/sms", json=sms)).status_code == 401
    assert (await http.post("/gateway/sms", content="x", headers=headers)).status_code == 422
    assert (await http.post("/gateway/fax", json=sms, headers=headers)).status_code == 404
