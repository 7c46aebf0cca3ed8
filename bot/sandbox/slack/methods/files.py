"""`files.*`: the three steps of an upload, and reading a file back."""

from http import HTTPStatus

from aiohttp import web

from bot.sandbox.slack import shapes
from bot.sandbox.slack.model import Channel, File, Share
from bot.sandbox.slack.wire import JSON, Answer, Args, Refused, as_list, as_object
from bot.sandbox.slack.workspace import Draft, Workspace

SNIPPET_BYTES = 1_000_000
"""The largest snippet (about 1 MB; not published exactly)."""
LOGIN_PAGE = "<!DOCTYPE html><html><body>Sign in to Sandbox</body></html>"
"""What Slack answers with HTTP 200 to a download without a token."""


class Files:
    """`files.*` on one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def methods(self) -> dict[str, Answer]:
        """Return the methods by name."""
        return {
            "files.getUploadURLExternal": self.get_upload_url,
            "files.completeUploadExternal": self.complete_upload,
            "files.info": self.info,
        }

    def get_upload_url(self, args: Args) -> JSON:
        """Open an upload of `length` bytes."""
        name, length = args.require("filename"), args.number("length", 0, at_most=2**30)
        snippet_type = args.text("snippet_type")
        if snippet_type and length > SNIPPET_BYTES:
            raise Refused("snippet_too_large")
        file = self._workspace.add_file(name, length, snippet_type)
        url = f"{self._workspace.base_url}upload/v1/{file.id}"
        return {"upload_url": url, "file_id": file.id}

    async def take_bytes(self, request: web.Request) -> tuple[File | None, bytes]:
        """Return the file of an upload URL and the bytes sent to it, raw or as a form's file."""
        file = self._workspace.files.get(request.match_info["file_id"])
        if request.content_type != "multipart/form-data":
            return file, await request.read()
        for part in (await request.post()).values():
            if isinstance(part, web.FileField):
                return file, part.file.read()
        return file, b""

    def store_bytes(self, file: File | None, content: bytes) -> web.Response:
        """Keep the bytes of a file whose `length` they have; sending them again does no harm."""
        if file is None:
            return web.Response(status=HTTPStatus.NOT_FOUND, text="file_not_found")
        if len(content) != file.length:
            return web.Response(status=HTTPStatus.BAD_REQUEST, text="length mismatch")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    def complete_upload(self, args: Args) -> JSON:
        """Share uploaded files in one message.

        The answer has no `shares`, as in the real service, where sharing takes a moment. Completing
        twice shares twice: what the real service does is not known, and this shows a caller that
        relies on luck.
        """
        files = [self._uploaded(each) for each in self._wanted(args)]
        if channel_id := args.text("channel_id"):
            self._share(self._channel(channel_id), files, args)
        return {"files": [self._workspace.file_shape(each) for each in files]}

    def _share(self, channel: Channel, files: list[File], args: Args) -> None:
        draft = Draft(args.text("initial_comment"), files=files)
        thread_ts = args.text("thread_ts") or None
        author = self._workspace.bot.user_id
        message = self._workspace.post(channel, author, draft, thread_ts)
        for file in files:
            file.shares.append(Share(channel.id, message.ts, message.thread_ts))

    def _channel(self, channel_id: str) -> Channel:
        channel = self._workspace.channel(channel_id)
        if self._workspace.bot.user_id not in channel.members:
            raise Refused("not_in_channel")
        if channel.is_archived:
            raise Refused("posting_to_channel_denied")
        return channel

    def _wanted(self, args: Args) -> list[JSON]:
        entries = as_list(args.structure("files", "invalid_arguments")) or []
        wanted = [each for each in map(as_object, entries) if each is not None]
        if not wanted:
            raise Refused("invalid_arguments", ("missing required field: files",))
        return wanted

    def _uploaded(self, entry: JSON) -> File:
        file = self._workspace.files.get(str(entry.get("id")))
        if file is None or file.content is None:
            raise Refused("file_not_found")
        file.title = str(entry.get("title") or file.name)
        return file

    def info(self, args: Args) -> JSON:
        """Return a file with its shares."""
        file = self._workspace.files.get(args.require("file"))
        if file is None:
            raise Refused("file_not_found")
        shape = self._workspace.file_shape(file)
        return {"file": shape | {"shares": shapes.shares_shape(file)}}

    def download(self, file_id: str, *, authorized: bool) -> web.Response:
        """Return a file's bytes, or the login page without the bot token."""
        file = self._workspace.files.get(file_id)
        if not authorized:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        if file is None or file.content is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(body=file.content, content_type="application/octet-stream")
