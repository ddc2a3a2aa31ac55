"""Files: what was uploaded, by whom it can be named, and what the Bot API says about it."""

from __future__ import annotations

import io
import mimetypes
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from bot.sandbox import ids
from bot.sandbox.errors import bad_request

if TYPE_CHECKING:
    from bot.sandbox.state import State

Json = dict[str, Any]

PHOTO_LIMIT: Final = 10 * 1024 * 1024
FILE_LIMIT: Final = 50 * 1024 * 1024
DOWNLOAD_LIMIT: Final = 20 * 1024 * 1024
"""Bytes a bot may send as a photo, send as a file, and download (Bot API: Sending files, getFile)."""
PERSON_LIMIT: Final = 2000 * 1024 * 1024
"""Bytes a person may send (Telegram FAQ)."""
PHOTO_BOXES: Final = (90, 320, 800, 1280, 2560)
"""Side lengths of the boxes into which Telegram scales a photo (MTProto: file thumbnails s, m, x, y, w)."""
FOLDERS: Final = {
    "photo": "photos",
    "document": "documents",
    "video": "videos",
    "audio": "music",
    "voice": "voice",
    "animation": "animations",
    "sticker": "stickers",
    "video_note": "video_notes",
}
SUFFIXES: Final = {"photo": ".jpg", "voice": ".oga", "sticker": ".webp", "video_note": ".mp4"}
MIME_TYPES: Final = {
    "photo": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "animation": "video/mp4",
    "sticker": "image/webp",
    "video_note": "video/mp4",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that comes with a call or an act; ``size`` may declare more bytes than there are."""

    name: str
    data: bytes
    mime: str = ""
    size: int | None = None


@dataclass(slots=True)
class File:
    """A stored file. ``blob`` names its bytes, which all sizes of a photo share."""

    id: str
    unique_id: str
    kind: str
    blob: str
    size: int
    path: str
    name: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0

    def to_api(self) -> Json:
        """The Bot API's File, without the path."""
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": self.size}


class Files:
    """The store of files: metadata in the state, bytes beside it."""

    def __init__(self, state: State, blobs: dict[str, bytes]) -> None:
        self._state = state
        self.blobs = blobs

    def add(self, kind: str, upload: Upload, extra: Json | None = None, *, limit: int = FILE_LIMIT) -> Any:
        """Store an upload; return the value of the message's field of that kind.

        Args:
            kind: one of the media kinds.
            upload: the bytes.
            extra: fields the sender named, such as ``duration`` or ``performer``.
            limit: the most bytes the sender may send.

        Raises:
            ApiError: a photo that is none, or a file above Telegram's limit.
        """
        size = len(upload.data) if upload.size is None else upload.size
        if size == 0:
            raise bad_request("file must be non-empty")
        if kind == "photo":
            return self._photo(upload, size)
        if size > limit:
            raise bad_request("file is too big")
        mime = upload.mime or MIME_TYPES.get(kind) or mimetypes.guess_type(upload.name)[0] or ""
        file = self._store(kind, upload, size, mime)
        return self.describe(file, extra)

    def reuse(self, kind: str, file_id: str, extra: Json | None = None) -> Any:
        """The field's value for a file that is there already.

        Raises:
            ApiError: no such file, or a file of another kind.
        """
        file = self._state.files.get(file_id)
        if file is None:
            if file_id.startswith(("http://", "https://")):
                raise bad_request("failed to get HTTP URL content" if "." in file_id else "wrong HTTP URL specified")
            raise bad_request("wrong remote file identifier specified: can't unserialize it")
        if file.kind != kind:
            raise bad_request(f"can't use file of type {_noun(file.kind)} as {_noun(kind)}")
        if kind == "photo":
            sizes = [other for other in self._state.files.values() if other.blob == file.blob]
            return [_photo_size(size) for size in sizes]
        return self.describe(file, extra)

    def get(self, file_id: str) -> File | None:
        """The file of this id."""
        return self._state.files.get(file_id)

    def by_path(self, path: str) -> File | None:
        """The file with this download path."""
        return next((file for file in self._state.files.values() if file.path == path), None)

    def data(self, file: File) -> bytes:
        """Its bytes."""
        return self.blobs[file.blob]

    def describe(self, file: File, extra: Json | None = None) -> Json:
        """The Bot API's object for a file that is no photo."""
        value = file.to_api()
        if file.kind in {"document", "video", "audio", "animation"} and file.name:
            value["file_name"] = file.name
        if file.mime and file.kind not in {"sticker", "video_note"}:
            value["mime_type"] = file.mime
        value |= DEFAULTS.get(file.kind, {})
        return value | {key: item for key, item in (extra or {}).items() if item not in (None, "")}

    def _photo(self, upload: Upload, size: int) -> list[Json]:
        if size > PHOTO_LIMIT:
            raise bad_request("file is too big")
        try:
            width, height = Image.open(io.BytesIO(upload.data)).size
        except (OSError, Image.DecompressionBombError):
            raise bad_request("IMAGE_PROCESS_FAILED") from None
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        longest = max(width, height)
        boxes = [*[box for box in PHOTO_BOXES if box < longest][:4], min(longest, PHOTO_BOXES[-1])]
        sizes, blob = [], ""
        for box in boxes:
            scale = box / longest
            file = self._store("photo", upload, max(1, int(size * scale * scale)), "image/jpeg", blob)
            file.width, file.height = max(1, round(width * scale)), max(1, round(height * scale))
            blob = file.blob
            sizes.append(_photo_size(file))
        return sizes

    def _store(self, kind: str, upload: Upload, size: int, mime: str, blob: str = "") -> File:
        count = self._state.count("file")
        file_id, unique_id = ids.file_ids(self._state.seed, kind, count)
        suffix = SUFFIXES.get(kind) or _suffix(upload.name) or mimetypes.guess_extension(mime) or ""
        if not blob:
            blob = unique_id
            self.blobs[blob] = upload.data
        path = f"{FOLDERS[kind]}/file_{count}{suffix}"
        file = File(file_id, unique_id, kind, blob, size, path, name=upload.name, mime=mime)
        self._state.files[file_id] = file
        return file


DEFAULTS: Final[dict[str, Json]] = {
    "video": {"width": 640, "height": 360, "duration": 1},
    "audio": {"duration": 1},
    "voice": {"duration": 1},
    "animation": {"width": 320, "height": 240, "duration": 1},
    "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
    "video_note": {"length": 240, "duration": 1},
}
"""What the Bot API always says of a kind, and the sandbox does not measure."""


def _photo_size(file: File) -> Json:
    return file.to_api() | {"width": file.width, "height": file.height}


def _noun(kind: str) -> str:
    return {"video_note": "VideoNote", "voice": "VoiceNote"}.get(kind, kind.capitalize())


def _suffix(name: str) -> str:
    _, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and suffix.isalnum() else ""


@cache
def sample(kind: str) -> Upload:
    """A small file of the kind, for people who send one without saying which."""
    if kind in {"photo", "sticker"}:
        buffer = io.BytesIO()
        image = Image.new("RGB", (800, 600) if kind == "photo" else (512, 512), (84, 128, 172))
        image.save(buffer, "JPEG" if kind == "photo" else "WEBP")
        return Upload("photo.jpg" if kind == "photo" else "sticker.webp", buffer.getvalue())
    names = {"document": "statement.pdf", "audio": "song.mp3", "voice": "voice.ogg"}
    content = b"%PDF-1.4\n%%EOF\n" if kind == "document" else b"a sample " + kind.encode()
    return Upload(names.get(kind, f"{kind}.mp4"), content)
