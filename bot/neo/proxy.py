"""Which proxy the environment names for Neo."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.errors import ConfigurationProblem


@dataclass(frozen=True, slots=True)
class ProxyAddress:
    """A proxy's address without credentials, and the headers that carry them (secret)."""

    url: str
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)


def proxy_for(base_url: str) -> ProxyAddress | None:
    """Return the proxy by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`; None: direct.

    Read once, at start: aiohttp would read them for each request, in a thread, and `~/.netrc` too,
    and then refuse every request to a host that it finds there. Credentials are used towards
    `https` services. Raises `ConfigurationProblem` for a proxy of a type that cannot be used.
    """
    service = urlsplit(base_url)
    proxies = getproxies()
    address = proxies.get(service.scheme) or proxies.get("all")
    if not address or proxy_bypass(service.hostname or ""):
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    if proxy.scheme not in {"http", "https"}:
        raise ConfigurationProblem([f"a proxy of type {proxy.scheme} is not supported: use http"])
    host = proxy.netloc.rpartition("@")[2]
    return ProxyAddress(f"{proxy.scheme}://{host}", _authorization(proxy))


def _authorization(proxy: SplitResult) -> dict[str, str]:
    # As a header, because aiohttp deprecates its own way of giving a proxy's credentials.
    if proxy.username is None:
        return {}
    credentials = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(credentials.encode()).decode()}"}
