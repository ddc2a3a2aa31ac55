"""Identity pictures, attacked from both ends: what is sent in, and who gets to see it. Security.md section 5, F61."""

from __future__ import annotations

import io
import re
import tempfile
from pathlib import Path

import aiohttp
import pytest
from PIL import Image, ImageFile
from town import ANN, KWAME, Town

from bot.db import pictures, sqlite
from bot.scripts.samples import SAMPLES

CARDS = {"email": "ann@example.com", "phone": "+447400111222", "totp": True}
PARTS = ("front", "back", "selfie")
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
NOT_FOUND = "A" * 43


@pytest.fixture
async def asked(town) -> Town:
    """A town in which Ann is asked for her pictures."""
    made = await town(account=CARDS)
    await made.walk("at_identity")
    return made


async def send(made: Town, person: int = ANN, name: str = "card.jpg", fields=(), **files: bytes) -> tuple[int, str]:
    """Files through the form behind somebody's newest address, each under the name and the type of a photo."""
    url = next(seen.urls[-1] for seen in reversed(made.stage.shown(person)) if seen.urls)
    browser = made.stage.browser(str(person))
    async with browser.get(url) as page:
        csrf = CSRF.search(await page.text())
    body = aiohttp.FormData({"csrf": csrf[1] if csrf else "", **dict(fields)})
    for part, content in files.items():
        body.add_field(part, io.BytesIO(content), filename=name, content_type="image/jpeg")
    async with browser.post(url, data=body) as page:
        got = page.status, await page.text()
    await made.stage.settle()
    return got


async def sent_in(made: Town) -> None:
    """All three pictures, good ones."""
    status, _ = await send(made, **dict.fromkeys(PARTS, SAMPLES["photo"]()))
    assert 200 == status
    assert "recover_phone/review" == await made.place()


async def look(made: Town, part: str, agent: int = 9001) -> str:
    """An agent taps a picture's button in the topic: the address that they get in private."""
    place = {"person": agent, "chat": made.stage.forum, "thread": await made.stage.thread(ANN), "label": part}
    await made.stage.pace()
    await made.stage.driver.act("tap", place)
    await made.stage.settle()
    return made.stage.shown(agent)[-1].urls[-1]


async def fetch(made: Town, method: str, url: str, browser: str = "agent") -> tuple[int, str, bytes]:
    async with made.stage.browser(browser).request(method, url) as page:
        return page.status, page.content_type, await page.read()


@pytest.mark.parametrize("samples", [("html", "svg", "zip"), ("program", "text", "cut")])
async def test_F61_what_is_no_picture_is_refused_whatever_it_is_called(asked, samples):
    """Attack: a page, a drawing, an archive, a program, all as card.jpg; outcome: refused, none kept, a photo is."""
    status, text = await send(asked, **{part: SAMPLES[sample]() for part, sample in zip(PARTS, samples, strict=True)})
    none = await asked.rows("pictures")
    honest, _ = await send(asked, front=SAMPLES["photo"]())

    assert (422, []) == (status, none)
    assert "no picture that we can read" in text
    assert 422 == honest  # two are still missing
    assert ["front"] == [row["part"] for row in await asked.rows("pictures")]


async def test_F61_a_hundred_megabytes_are_not_taken(asked, monkeypatch):
    """Attack: 100 MB; outcome: 413, and no picture is looked at."""
    opened = []
    monkeypatch.setattr(Image, "open", lambda *args, **_: opened.append(args))

    status, text = await send(asked, front=SAMPLES["huge"]())

    assert (413, []) == (status, opened)
    assert "larger than 10 MB" in text
    assert [0] == [row["tries"] for row in await asked.rows("forms") if not row["used_at"]]


async def test_F61_four_hundred_million_pixels_are_not_unpacked(asked, monkeypatch):
    """Attack: 20,000 by 20,000 pixels in a small file; outcome: refused by what its head says, never unpacked."""
    loaded = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: loaded.append(image.size) or load(image))
    sample = SAMPLES["pixels"]()

    status, text = await send(asked, front=sample, back=SAMPLES["photo"]())

    assert len(sample) < 1_000_000
    assert 422 == status
    assert "more than 25 million pixels" in text
    assert {(640, 480)} == set(loaded)
    assert ["back"] == [row["part"] for row in await asked.rows("pictures")]


async def test_F61_the_place_where_it_was_taken_goes(asked):
    """Attack: learn from a picture where its person lives; outcome: what is kept and shown has pixels and no more."""
    sample = SAMPLES["photo"]()
    await sent_in(asked)
    _, kind, shown = await fetch(asked, "POST", await look(asked, "Front"))
    stored = await kept(asked)

    assert Image.open(io.BytesIO(sample)).getexif().get_ifd(0x8825)
    assert "image/jpeg" == kind
    for content in (shown, *stored):
        assert {} == dict(Image.open(io.BytesIO(content)).getexif())
        assert b"Exif" not in content
        assert b"Maker" not in content
    assert 3 == len(stored)


async def kept(made: Town) -> list[bytes]:
    """The pictures that are stored, opened with the keys: an attacker has no door to this."""

    async def job(tx):
        rows = await tx.all("SELECT id, file_key, content FROM pictures ORDER BY id")
        seals = [(row, made.tools.vault.file(row["file_key"], row["id"])) for row in rows]
        return [seal.open_bytes(row["content"], f"pictures/content/{row['id']}") for row, seal in seals]

    return await made.db(job)


NAMES = ("../../../etc/passwd", "..\\..\\C:\\con", "/etc/card.jpg", "card.jpg%00.html", "a" * 200)


def files(*folders: Path) -> set[Path]:
    return {path for folder in folders for path in folder.rglob("*")}


async def test_F61_a_file_has_no_name_here(asked, tmp_path, monkeypatch):
    """Attack: a name that leads somewhere else; outcome: the names are not looked at, no file is made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = Path(asked.stage.app.settings.database.removeprefix("sqlite:")).parent
    before = files(folder, tmp_path)
    statuses = [(await send(asked, name=name, front=SAMPLES["photo"]()))[0] for name in NAMES[:4]]
    last, _ = await send(asked, name=NAMES[4], **dict.fromkeys(PARTS, SAMPLES["photo"]()))

    assert [422, 422, 422, 422, 200] == [*statuses, last]  # until the last one some are missing
    assert "recover_phone/review" == await asked.place()
    assert before == files(folder, tmp_path)


@pytest.mark.parametrize("part", ["passwd", "front/../../selfie", "content", "../front"])
async def test_F61_only_the_three_parts_are_taken(asked, part):
    """Attack: a file under another field's name; outcome: the form cannot be read, nothing is kept."""
    status, _ = await send(asked, **{part: SAMPLES["photo"]()})

    assert (400, []) == (status, await asked.rows("pictures"))


async def test_F61_nothing_of_a_document_lies_on_a_disk_unsealed(asked, monkeypatch):
    """Attack: read the disk; outcome: no file, no spilled upload, no page of the database holds any of it."""

    def spilled(_file):
        raise AssertionError("an upload was spilled to a disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", spilled)
    large = io.BytesIO()
    Image.effect_noise((1100, 1100), 90).save(large, "PNG")
    await send(asked, front=large.getvalue(), back=SAMPLES["photo"](), selfie=SAMPLES["photo"]())
    folder = Path(asked.stage.app.settings.database.removeprefix("sqlite:")).parent
    stored = await kept(asked)
    disk = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())

    assert len(large.getvalue()) > 1024 * 1024
    assert 3 == len(stored)
    assert len(disk) > sum(map(len, stored))
    for content in (large.getvalue(), SAMPLES["photo"](), *stored):
        middle = len(content) // 2
        assert content[middle : middle + 16] not in disk
    assert b"JFIF" not in disk
    assert b"Maker of phones" not in disk


async def test_F61_a_file_id_is_worth_nothing(asked, town):
    """Attack: send somebody else's picture by its id at Telegram; outcome: ids are never read, none reaches a case."""
    await asked.stage.driver.act("media", {"person": KWAME, "kind": "photo"})
    await asked.stage.settle()
    stolen = asked.stage.world.messages(KWAME)[-1].content
    person = {"id": ANN, "is_bot": False, "first_name": "Ann"}
    photo = [{"file_id": "of-somebody-else", "file_unique_id": "u", "width": 640, "height": 480}]
    for update, content in enumerate(({"photo": photo}, {"document": photo[0] | {"file_name": "../x.jpg"}})):
        message = {"message_id": 9_000_000 + update, "date": asked.clock.now() // 1000, "from": person,
                   "chat": {"id": ANN, "type": "private"}, **content}  # fmt: skip
        await asked.deliver({"update_id": 90_000_000 + update, "message": message})
    calls = asked.stage.world.journal.calls

    assert stolen
    assert [] == await asked.rows("pictures")
    assert "recover_phone/identity" == await asked.place()
    assert set() == {call.method for call in calls} & {"getFile", "sendPhoto", "sendDocument"}
    assert not any("of-somebody-else" in str(call.params) for call in calls)


async def test_F61_a_form_shows_and_takes_only_its_own_case(town):
    """Attack: one's own form with another's ids in it; outcome: fields that the form does not have change nothing."""
    made = await town(account=CARDS, others=[{**CARDS, "email": "kwame@example.com", "phone": "+447400333444",
                                              "user": KWAME}])  # fmt: skip
    await made.walk("at_identity")
    case = (await made.rows("recoveries"))[0]
    extra = {"recovery": str(case["id"]), "account": str(made.account("kwame@example.com")), "form": "1", "part": "x"}
    await send(made, fields=extra, front=SAMPLES["photo"]())

    assert [(case["id"], "front")] == [(row["recovery"], row["part"]) for row in await made.rows("pictures")]
    assert 1 == len(await made.rows("recoveries"))


async def test_F61_a_picture_is_seen_once_by_the_agent_who_asked(asked):
    """Attack: pass the address on, open it twice, guess one; outcome: once, marked, audited; else one neutral page."""
    await sent_in(asked)
    url = await look(asked, "Front")
    base = url.rpartition("/")[0]
    opened = await fetch(asked, "GET", url)
    seen = await fetch(asked, "POST", url)
    again = [await fetch(asked, method, url, "other") for method in ("GET", "POST")]
    row = (await asked.rows("pictures"))[0]["id"]
    guessed = [await fetch(asked, "POST", f"{base}/{token}", "other") for token in (NOT_FOUND, str(row), "%00")]
    views = await asked.rows("picture_views")
    noted = [line for line in await asked.rows("audit") if line["action"] in ("picture asked for", "picture seen")]

    assert (200, "text/html", False) == (*opened[:2], b"JFIF" in opened[2])
    assert (200, "image/jpeg", True) == (*seen[:2], b"JFIF" in seen[2])
    assert 1 == len({answer[2] for answer in (*again, *guessed)})
    assert {404} == {answer[0] for answer in (*again, *guessed)}
    assert [9001] == [view["agent"] for view in views if view["used_at"]]
    assert [("picture asked for", "agent:9001"), ("picture seen", "agent:9001")] == [
        (line["action"], line["actor"]) for line in noted
    ]
    assert seen[2] != (await kept(asked))[0]  # the agent's name stands across it


async def test_F61_an_address_dies_with_the_case(asked):
    """Attack: keep an address for later; outcome: it shows nothing once the case is decided or ten minutes are over."""
    await sent_in(asked)
    late = await look(asked, "Front")
    await asked.wait(pictures.VIEW_LIFE)
    after = await fetch(asked, "POST", late)
    decided = await look(asked, "Back")
    place = {"person": 9001, "chat": asked.stage.forum, "thread": await asked.stage.thread(ANN)}
    await asked.stage.driver.act("say", {**place, "text": "/reject It is somebody else"})
    await asked.stage.settle()

    assert 404 == after[0]
    assert 404 == (await fetch(asked, "POST", decided))[0]
    assert [] == [view for view in await asked.rows("picture_views") if view["used_at"]]


async def test_F61_only_agents_of_the_group_get_an_address(asked):
    """Attack: press an agent's button as somebody who is none; outcome: no address for them, nothing is shown."""
    await sent_in(asked)
    thread = await asked.stage.thread(ANN)
    buttons = [message for message in asked.stage.world.messages(asked.stage.forum) if message.inline]
    data = next(
        button["callback_data"]
        for message in buttons
        for row in message.inline
        for button in row
        if button["text"] == "Front"
    )
    await asked.stage.pace()
    for person, chat in ((KWAME, None), (ANN, None)):
        await asked.stage.driver.act("tap", {
            "person": person, "chat": chat, "data": data, "message_id": 1, "forged": True,
        })  # fmt: skip
        await asked.stage.settle()

    assert thread is not None
    assert [] == await asked.rows("picture_views")
    assert "/p/" in await look(asked, "Front")


async def test_F61_a_file_of_the_database_alone_opens_nothing(asked):
    """Attack: swap two sealed pictures in the file of the database; outcome: neither opens in the other's place."""
    await sent_in(asked)

    async def swap(tx):
        one, two, *_ = await tx.all("SELECT id, content FROM pictures ORDER BY id")
        for row, content in ((one["id"], two["content"]), (two["id"], one["content"])):
            await tx.run("UPDATE pictures SET content = $1 WHERE id = $2", content, row)

    await asked.db(swap)
    answer = await fetch(asked, "POST", await look(asked, "Front"))

    assert isinstance(asked.stage.app.db, sqlite.SqliteDb)
    assert b"JFIF" not in answer[2]
    assert 500 == answer[0]
