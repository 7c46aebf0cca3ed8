"""The thing to compare with: a Bolt app that does nothing but ack. Run by `ack.py`."""

import asyncio
import os
from typing import Any, cast

import uvloop
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient


async def nothing() -> None:
    """Be the empty listener; Bolt acks when it returns."""


async def main() -> None:
    """Take envelopes until killed."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    # Bolt leaves the types of its patterns open.
    app = cast("Any", AsyncApp(client=client, process_before_response=True))
    app.event("message")(nothing)
    app.event("app_mention")(nothing)
    await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).connect_async()
    await asyncio.sleep(float("inf"))


uvloop.run(main())
