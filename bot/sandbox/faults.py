"""Misfortunes that a test or the demo orders from the sandbox servers, as data.

A server asks its `FaultQueue` once per request and acts on what it gets; names are the server's
own: a Web API method (`chat.postMessage`) or a Neo route (`create_task`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

RequestT = TypeVar("RequestT")

EVERYTHING = "*"
"""The name of whatever is asked of a server, as when it is away."""

PROXY_PAGE = "<html><body><h1>503 Service Unavailable</h1></body></html>"
"""What a load balancer says in the service's place: not JSON, on purpose."""


@dataclass(frozen=True, slots=True)
class DropBefore:
    """The connection closes without an answer; the request was not acted on."""


@dataclass(frozen=True, slots=True)
class DropAfter:
    """The request is acted on, then the connection closes without an answer."""


@dataclass(frozen=True, slots=True)
class RateLimited:
    """429; `retry_after` in seconds, None sends no `Retry-After` header."""

    retry_after: float | None = 1


@dataclass(frozen=True, slots=True)
class ServerError:
    """A 5xx with `body` as an HTML page; `after`: the request was acted on all the same."""

    status: int = 503
    body: str = PROXY_PAGE
    after: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """The request is answered normally, `seconds` late.

    Slack acts on it late too, even if the caller has gone, or at once with `after`; Neo at once.
    """

    seconds: float
    after: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer ever comes; the request was not acted on."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """The service refuses in its own words: Slack's `error` with `ok: false`."""

    code: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """409: the service cannot take this now."""


Fault = DropBefore | DropAfter | RateLimited | ServerError | Delay | Hang | ApiError | Conflict


@dataclass(slots=True)
class _Order(Generic[RequestT]):
    name: str
    fault: Fault
    times: int
    where: Callable[[RequestT], bool] | None

    def fits(self, name: str, request: RequestT) -> bool:
        return self.name in (EVERYTHING, name) and (self.where is None or self.where(request))


class FaultQueue(Generic[RequestT]):
    """Faults waiting for their requests; the oldest fitting one is served first."""

    def __init__(self) -> None:
        self._orders: list[_Order[RequestT]] = []

    def add(
        self,
        name: str,
        fault: Fault,
        times: int = 1,
        where: Callable[[RequestT], bool] | None = None,
    ) -> None:
        """Order `fault` for the next `times` requests called `name` for which `where` holds."""
        self._orders.append(_Order(name, fault, times, where))

    def take(self, name: str, request: RequestT) -> Fault | None:
        """Return what shall befall this request, and count it; None if nothing."""
        for order in self._orders:
            if order.fits(name, request):
                order.times -= 1
                if order.times <= 0:
                    self._orders.remove(order)
                return order.fault
        return None

    def clear(self) -> None:
        """Forget every fault not served yet."""
        self._orders.clear()

    def __len__(self) -> int:
        return sum(order.times for order in self._orders)
