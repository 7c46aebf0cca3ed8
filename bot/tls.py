"""Whom the bridge trusts over TLS; the same for both networks."""

import os
import ssl
from functools import cache

import certifi


def trusted() -> ssl.SSLContext:
    """Return the context for every connection that the bridge opens.

    It trusts `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set; else the system's store, and
    Mozilla's list, because some builds of Python don't find the system's. To load them takes 40 ms,
    so all connections share one.
    """
    return _trusting(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trusting(file: str | None, folder: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()  # heeds both variables itself
    if not (file or folder):
        context.load_verify_locations(certifi.where())
    return context
