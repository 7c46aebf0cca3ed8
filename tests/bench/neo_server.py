"""A Neo with one task, for `streams.py`: says where it is in a line of JSON, lives until EOF."""

import asyncio
import json
import sys

from bot.sandbox import NeoSandbox
from bot.sandbox.neo import events
from bot.sandbox.neo.bodies import CreateTask, read


async def main() -> None:
    """Serve."""
    async with NeoSandbox(keep_alive=300) as neo:
        neo.manual = True
        message = events.user_message("bench", timestamp="2026-01-01T00:00:00Z")
        create = read(CreateTask, {"message": message})
        task = neo.create(create, message, neo.tokens[neo.token])
        where = {"url": neo.url, "org": neo.org, "token": neo.token, "task": task.id}
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
