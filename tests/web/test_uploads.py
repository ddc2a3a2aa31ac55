"""Identity pictures: what becomes of what people send in (security.md, F61)."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot import uploads
from bot.scripts.samples import SAMPLES
from bot.uploads import BadPicture, cleaned, marked


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("sample", ["photo", "png", "webp"])
async def test_a_picture_is_made_new_without_what_the_camera_wrote(sample):
    """A JPEG of our own comes out, and neither place nor maker with it."""
    before = SAMPLES[sample]()
    after = await cleaned(before)

    assert opened(before).getexif()
    assert ("JPEG", (640, 480), {}) == (opened(after).format, opened(after).size, dict(opened(after).getexif()))
    assert b"Maker" not in after


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ("tiny", "small"),
        ("pixels", "pixels"),
        ("large", "large"),
        ("cut", "format"),
        ("html", "format"),
        ("svg", "format"),
        ("zip", "format"),
        ("empty", "format"),
    ],
)
async def test_what_is_no_picture_is_refused_with_its_reason(sample, reason):
    """Nothing that only calls itself a picture gets any further, whatever it is named."""
    with pytest.raises(BadPicture) as refused:
        await cleaned(SAMPLES[sample]())

    assert reason == refused.value.reason


async def test_a_large_picture_is_made_smaller_and_one_on_its_side_is_turned():
    """At most 2400 pixels a side; what the camera noted about its position is followed, then dropped."""
    picture = Image.linear_gradient("L").resize((4000, 3000)).convert("RGB")
    exif = picture.getexif()
    exif[0x0112] = 6  # turned by a quarter
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=exif)

    assert (1800, 2400) == opened(await cleaned(made.getvalue())).size


async def test_the_limit_of_pixels_is_exact():
    """25 million are taken, a row more is not."""
    made = []
    for height in (5000, 5001):
        file = io.BytesIO()
        Image.new("1", (5000, height)).save(file, "PNG")
        made.append(file.getvalue())

    assert "JPEG" == opened(await cleaned(made[0])).format
    with pytest.raises(BadPicture, match="pixels"):
        await cleaned(made[1])


@pytest.mark.parametrize("name", ["Mira 9001", "Зоя", "مريم", "", "x" * 500])
async def test_the_mark_stands_across_the_picture_whoever_looks(name):
    """Many pixels in every quarter differ from the picture that was sent in; the size is the same."""
    before = await cleaned(SAMPLES["photo"]())
    after = await marked(before, f"{name} 2026-01-05T09:00:00Z")
    there, here = opened(before).convert("L"), opened(after).convert("L")
    width, height = there.size

    assert (width, height) == here.size
    for left in (0, width // 2):
        for top in (0, height // 2):
            box = (left, top, left + width // 2, top + height // 2)
            one, two = there.crop(box).tobytes(), here.crop(box).tobytes()
            changed = sum(abs(a - b) > 24 for a, b in zip(one, two, strict=True))
            assert changed > 200, box


def test_the_font_is_asked_only_for_letters_that_it_has():
    """Accents fall off, other scripts fall away, and what is left is one line."""
    assert "Chloe Martin 9001" == uploads._plain("Chloé\u202e  Martin\n9001 مريم")
