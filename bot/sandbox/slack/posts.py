"""HTTP mode: payloads are posted to the app's request URL, signed, as Slack does."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from bot.clock import Clock
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.wire import JSON, as_object

CHALLENGE = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"


class Posts:
    """Posts to one URL; `timeout` is the seconds the app has for its answer."""

    def __init__(self, url: str, signing_secret: str, *, clock: Clock, timeout: float) -> None:
        self._url = url
        self._secret = signing_secret
        self._clock = clock
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout))

    async def verify(self) -> None:
        """Do what Slack does when a request URL is saved: see whether it returns the challenge.

        Raises `LookupError` when it does not.
        """
        body = {"token": "sandbox-verification-token", "challenge": CHALLENGE}
        raw = json.dumps(body | {"type": "url_verification"}).encode()
        headers = self._signed(raw, "application/json")
        async with self._http.post(self._url, data=raw, headers=headers) as answer:
            said = await answer.text()
        if answer.status != 200 or said not in {CHALLENGE, json.dumps({"challenge": CHALLENGE})}:
            raise LookupError(f"{self._url} did not return the challenge")

    async def send(self, delivery: Delivery, attempt: int) -> str:
        """Post a payload the `attempt`th time, from 0; return the URL, "" when that failed."""
        raw, kind = _encoded(delivery)
        headers = self._signed(raw, kind)
        if attempt and delivery.type == "events_api":
            headers["X-Slack-Retry-Num"] = str(attempt)
            headers["X-Slack-Retry-Reason"] = delivery.failure
        try:
            async with self._http.post(self._url, data=raw, headers=headers) as answer:
                if answer.status // 100 == 2:
                    delivery.take_ack(self._clock.now(), _response(await answer.text()))
                    return self._url
                delivery.failure = "http_error"
                delivery.no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
        except TimeoutError:
            delivery.failure = "http_timeout"
        except aiohttp.ClientError:
            delivery.failure = "connection_failed"
        return ""

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _signed(self, raw: bytes, kind: str) -> dict[str, str]:
        now = str(int(self._clock.now()))
        return {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": signature(self._secret, now, raw),
        }


def signature(secret: str, timestamp: str, raw: bytes) -> str:
    """Return the value of `X-Slack-Signature`."""
    signed = f"v0:{timestamp}:".encode() + raw
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _encoded(delivery: Delivery) -> tuple[bytes, str]:
    """Return a payload's body and its type: JSON for events, a form for what people wait for."""
    if delivery.type == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    interaction = delivery.type == "interactive"
    form = {"payload": json.dumps(delivery.payload)} if interaction else delivery.payload
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _response(said: str) -> JSON | None:
    """Return what an ack says: JSON, or plain text as a message's text."""
    if not said:
        return None
    try:
        return as_object(json.loads(said)) or {"text": said}
    except ValueError:
        return {"text": said}
