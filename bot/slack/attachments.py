"""Files that people attach: which ones can be read as text, and how they are quoted. Pure.

Sources: Slack's file object reference and its list of `filetype` names.
"""

import re

from bot.slack.chars import clean, one_line
from bot.slack.inbound import FileRef

LARGEST = 256 * 1024
"""Bytes of a file that is read; larger ones are named and left out."""

NAME_LIMIT = 120
"""Characters of a file's name that are shown."""

_TYPES = frozenset(
    {
        *("application/json", "application/toml", "application/x-sh", "application/x-yaml"),
        *("application/xml", "application/yaml", "application/javascript", "application/sql"),
    }
)
_FILETYPES = frozenset(
    {
        *("bash", "c", "cfg", "conf", "cpp", "csharp", "cs", "css", "csv", "diff", "dockerfile"),
        *("env", "fsharp", "go", "gradle", "groovy", "haskell", "hcl", "ini", "java", "javascript"),
        *("js", "json", "jsonc", "jsonl", "jsx", "kotlin", "log", "lua", "makefile", "markdown"),
        *("md", "nix", "patch", "perl", "php", "plain", "post", "powershell", "properties"),
        *("python", "py", "ruby", "rust", "scala", "sh", "shell", "sql", "swift", "text", "tf"),
        *("tfvars", "toml", "ts", "tsv", "tsx", "txt", "typescript", "vb", "xml", "yaml", "yml"),
    }
)
"""What Slack calls text, and the ends of file names where it says nothing better than `binary`."""

_UNTOLD = frozenset({"", "binary", "auto", "none"})
_BACKTICKS = re.compile("`{3,}")
_WORD = re.compile(r"[A-Za-z0-9_+-]{1,20}")


def is_text(file: FileRef) -> bool:
    """Tell whether a file says that it is text: a log, a diff, data or code.

    What it says need not be so: `decoded` looks at the bytes.
    """
    kind = file.mimetype.partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind in _TYPES:
        return kind not in {"text/html", "text/rtf"}
    said = file.filetype.lower()
    if said in _UNTOLD:
        said = file.name.rpartition(".")[2].lower()
    return said in _FILETYPES and not kind.startswith(("image/", "audio/", "video/"))


def is_small(file: FileRef, limit: int = LARGEST) -> bool:
    """Tell whether a file says that it has at most `limit` bytes; an untold size is seen later."""
    return file.size <= limit


def decoded(content: bytes) -> str | None:
    """Return the text of a file, None where the bytes are no text.

    UTF-8, or UTF-16 with its mark, as PowerShell writes logs.
    """
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        read = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in read else clean(read)


def quoted(file: FileRef, content: str) -> str:
    """Return a file as Markdown: its name, then its text in a fence that the text cannot close."""
    longest = max((len(run) for run in _BACKTICKS.findall(content)), default=2)
    fence = "`" * (longest + 1)
    info = file.filetype if _WORD.fullmatch(file.filetype) else ""
    body = content if content.endswith("\n") or not content else f"{content}\n"
    return f"File `{shown_name(file)}`:\n{fence}{info}\n{body}{fence}"


def shown_name(file: FileRef) -> str:
    """Return a file's name on one line, fit to stand in backticks."""
    return one_line(file.name.replace("`", "'"), NAME_LIMIT) or file.id
