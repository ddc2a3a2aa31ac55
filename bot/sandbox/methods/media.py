"""Methods that send files, and getFile."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.files import DOWNLOAD_LIMIT
from bot.sandbox.messages import CAPTIONED
from bot.sandbox.methods import sending
from bot.sandbox.methods.table import CAPTION, MANNER, TARGET, Method
from bot.sandbox.params import Args

if TYPE_CHECKING:
    from bot.sandbox.world import World

Json = dict[str, Any]

ALBUM_LIMIT: Final = 10
EXTRAS: Final = {
    "photo": (),
    "document": (),
    "video": ("duration", "width", "height"),
    "audio": ("duration", "performer", "title"),
    "voice": ("duration",),
    "animation": ("duration", "width", "height"),
    "sticker": ("emoji",),
    "video_note": ("duration", "length"),
}
"""Fields of the media object that the sender may name."""
_TEXTS: Final = frozenset({"performer", "title", "emoji"})
INPUT_FIELDS: Final = {
    "photo": "show_caption_above_media has_spoiler",
    "video": (
        "thumbnail cover start_timestamp show_caption_above_media width height duration supports_streaming has_spoiler"
    ),
    "document": "thumbnail disable_content_type_detection",
    "audio": "thumbnail duration performer title",
    "animation": "thumbnail show_caption_above_media width height duration has_spoiler",
}
"""Fields of each InputMedia besides type, media and the caption's."""
_ALONE: Final = frozenset({"document", "audio"})
"""Kinds that share an album only with their own kind (Bot API: sendMediaGroup)."""


def media_content(world: World, kind: str, args: Args, field: str, files: Args) -> Json:
    """The content of a media message.

    Args:
        world: where the file is kept.
        kind: the media kind.
        args: the parameters, or one InputMedia's fields.
        field: the parameter that holds the file: an upload, ``attach://name``, a file_id or a URL.
        files: the call, whose uploads ``attach://`` names.

    Raises:
        ApiError: no file, a wrong one, or a caption that may not be.
    """
    extra: Json = {
        name: args.text(name) if name in _TEXTS else args.integer(name) for name in EXTRAS[kind] if name in args
    }
    named = args.text(field)
    upload = files.files.get(named.removeprefix("attach://")) if named.startswith("attach://") else None
    if upload is None and args is files:
        upload = files.files.get(field)
    if upload is not None:
        value = world.files.add(kind, upload, extra)
    elif named.startswith("attach://") or not named:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    else:
        value = world.files.reuse(kind, named, extra)
    content: Json = {kind: value}
    if kind == "animation":
        # Telegram sets document too, for clients that know no animations (Bot API: Message).
        shared = ("file_id", "file_unique_id", "file_size", "file_name", "mime_type")
        content["document"] = {name: value[name] for name in shared if name in value}
    if kind in CAPTIONED:
        content |= args.caption()
    if args.flag("has_spoiler"):
        content["has_media_spoiler"] = True
    return content


def send_media(kind: str, world: World, args: Args) -> Json:
    """Run sendPhoto and its sisters."""
    how = sending.manner(world, args)
    sending.check_rights(world, how.chat, kind)
    return sending.answer(world, sending.send(world, how, media_content(world, kind, args, kind, args)))


def input_media(item: Any, kinds: tuple[str, ...]) -> tuple[str, Args]:
    """Kind and fields of one InputMedia.

    Raises:
        ApiError: no object, an unknown kind or field, or no media.
    """
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = item.get("type")
    if kind not in kinds:
        raise bad_request("can't parse InputMedia: type must be one of " + ", ".join(kinds))
    known = {"type", "media", *CAPTION.split(), *INPUT_FIELDS[kind].split()}
    for name in item:
        if name not in known:
            raise bad_request(f'can\'t parse InputMedia: unknown field "{name}"')
    if not item.get("media"):
        raise bad_request("can't parse InputMedia: media not found")
    return kind, Args(item)


def send_media_group(world: World, args: Args) -> list[Json]:
    """sendMediaGroup: every item is a message of its own; either all are sent or none."""
    given = args.json("media", "can't parse media JSON object")
    if not isinstance(given, list):
        raise bad_request("expected an Array of InputMedia")
    if len(given) > ALBUM_LIMIT:
        raise bad_request("too many messages to send as an album")
    if not given:
        raise bad_request("there are no messages to send")
    items = [input_media(item, ("photo", "video", "document", "audio")) for item in given]
    for kind in _ALONE & {kind for kind, _ in items}:
        if any(other != kind for other, _ in items):
            raise bad_request(f"{kind} can't be mixed with other media types")
    how = sending.manner(world, args)
    contents = []
    for number, (kind, fields) in enumerate(items, 1):
        sending.check_rights(world, how.chat, kind)
        try:
            contents.append(media_content(world, kind, fields, "media", args))
        except ApiError as error:
            text = str(error).removeprefix("Bad Request: ")
            raise bad_request(f'failed to send message #{number} with the error message "{text}"') from None
    album = world.state.new_id("album")
    sent = [sending.send(world, how, content, album=album) for content in contents]
    return [sending.answer(world, message) for message in sent]


def get_file(world: World, args: Args) -> Json:
    """getFile: with the path under which the file can be fetched."""
    file_id = args.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    file = world.files.get(file_id)
    if file is None:
        raise bad_request("invalid file_id")
    if file.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return file.to_api() | {"file_path": file.path}


_SIZED: Final = "duration width height"
_SHOWN: Final = "show_caption_above_media has_spoiler"
_SENT: Final = {
    "sendPhoto": ("photo", f"photo {CAPTION} {_SHOWN}"),
    "sendDocument": ("document", f"document thumbnail {CAPTION} disable_content_type_detection"),
    "sendVideo": (
        "video",
        f"video {_SIZED} thumbnail cover start_timestamp {CAPTION} {_SHOWN} supports_streaming",
    ),
    "sendAudio": ("audio", f"audio {CAPTION} duration performer title thumbnail"),
    "sendVoice": ("voice", f"voice {CAPTION} duration"),
    "sendAnimation": (
        "animation",
        f"animation {_SIZED} thumbnail {CAPTION} {_SHOWN}",
    ),
    "sendSticker": ("sticker", "sticker emoji"),
    "sendVideoNote": ("video_note", "video_note duration length thumbnail"),
}

METHODS: Final = (
    *(
        Method(name, f"{TARGET} {params} {MANNER}", partial(send_media, kind), posts=True, stores=True)
        for name, (kind, params) in _SENT.items()
    ),
    Method(
        "sendMediaGroup",
        f"{TARGET} media disable_notification protect_content allow_paid_broadcast message_effect_id reply_parameters",
        send_media_group,
        posts=True,
        stores=True,
        many="media",
    ),
    Method("getFile", "file_id", get_file),
)
