"""Which files are read as text, and how they are quoted for Neo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.slack.attachments import LARGEST, decoded, is_small, is_text, quoted, shown_name
from bot.slack.inbound import FileRef


def file(name: str = "a", mimetype: str = "", filetype: str = "", size: int = 1) -> FileRef:
    return FileRef(id="F1", name=name, mimetype=mimetype, filetype=filetype, size=size)


@pytest.mark.parametrize(
    "given",
    [
        file("plan.txt", "text/plain", "text"),
        file("app.log", "text/plain", "log"),
        file("fix.diff", "text/x-diff", "diff"),
        file("Pulumi.yaml", "text/plain", "yaml"),
        file("state.json", "application/json", "json"),
        file("main.tf", "application/octet-stream", "binary"),
        file("main.go", "text/plain; charset=utf-8", "go"),
        file("notes.MD"),
    ],
)
def test_logs_diffs_data_and_code_are_text(given: FileRef) -> None:
    assert is_text(given)


@pytest.mark.parametrize(
    "given",
    [
        file("photo.png", "image/png", "png"),
        file("photo.txt", "image/png", "text"),
        file("plan.pdf", "application/pdf", "pdf"),
        file("all.zip", "application/zip", "zip"),
        file("page.html", "text/html", "html"),
        file("core", "application/octet-stream", "binary"),
        file(),
    ],
)
def test_pictures_archives_pages_and_unknown_bytes_are_not(given: FileRef) -> None:
    assert not is_text(given)


def test_a_file_is_small_up_to_the_limit_and_as_long_as_its_size_is_not_told() -> None:
    assert [is_small(file(size=size)) for size in (-1, LARGEST, LARGEST + 1)] == [True, True, False]


def test_bytes_are_text_when_they_decode_and_hold_no_zeros() -> None:
    assert decoded("grün\r\n\x1b[1m".encode()) == "grün\n[1m"
    assert decoded(b"\xef\xbb\xbfa: 1") == "a: 1"
    assert decoded("PowerShell".encode("utf-16")) == "PowerShell"
    assert decoded(b"\x89PNG\r\n\x1a\n") is None
    assert decoded(b"ELF\x00\x00") is None


def test_a_quoted_file_has_its_name_and_its_kind() -> None:
    assert quoted(file("a.yaml", filetype="yaml"), "a: 1") == "File `a.yaml`:\n```yaml\na: 1\n```"
    assert shown_name(file("`rm`\n  now")) == "'rm' now"


@given(st.text() | st.text("`~\n a"), st.text())
def test_no_text_gets_out_of_its_fence(content: str, kind: str) -> None:
    text = decoded(content.encode("utf-8", "replace")) or ""
    said = quoted(file("a", filetype=kind), text)
    tokens = MarkdownIt().parse(said)
    fences = [token for token in tokens if token.type == "fence"]
    assert [token.content.rstrip("\n") for token in fences] == [text.rstrip("\n")]
    assert tokens[-1].type == "fence"


@given(st.binary(max_size=200))
def test_no_bytes_make_decoding_fail(content: bytes) -> None:
    text = decoded(content)
    assert text is None or "\0" not in text
