"""The Slack app manifest: beside the code in the wheel, one level above it in the repository."""

from pathlib import Path

_HERE = Path(__file__).parent


def text() -> str:
    """Return `manifest.yml`: the app's scopes, events and looks, as YAML with comments."""
    shipped = _HERE / "manifest.yml"
    return (shipped if shipped.exists() else _HERE.parent / "manifest.yml").read_text("utf-8")
