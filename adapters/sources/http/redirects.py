"""Decides where a redirect may lead. Pure; called by the polite client only. It never resolves a name.

A source may send us to its own host, to that host's https and to its `www.` twin; any other host must have been named
by whoever asks. Nothing leads from https to http, to a numeric address, or to an address with a login in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import httpx2

from core.errors import Refused

#: the last label of everything that a resolver takes for an IPv4 address: 127.0.0.1, 127.1, 0x7f.1, 2130706433
_NUMERIC: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")


def followed(asked: httpx2.URL, location: str, *, status: int, allowed: Collection[str] = ()) -> httpx2.URL:
    """Where the redirect `location` of an answer from `asked` leads.

    `allowed` names other hosts that may be gone to: exactly, or `.example.org` for example.org and all its subdomains.
    Raises Refused.
    """
    try:
        target = asked.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Refused(f"{asked.host} sends us to no address.", status=status) from error
    if _is_web(target) and _may_go(asked, target, allowed):
        return target
    raise Refused(
        f"{asked.host} sends us to {target.host or 'nowhere'}, and Paperboy does not follow to other hosts.",
        status=status,
        hint="If the source has moved, change its base URL in the settings.",
    )


def host_of(url: httpx2.URL) -> str:
    """The host in lower-case ASCII, as it is looked up."""
    return url.raw_host.decode("ascii").lower()


def _is_web(target: httpx2.URL) -> bool:
    return target.scheme in ("http", "https") and bool(target.host)


def _may_go(asked: httpx2.URL, target: httpx2.URL, allowed: Collection[str]) -> bool:
    if target.userinfo and target.userinfo != asked.userinfo:
        return False
    if (asked.scheme, target.scheme) == ("https", "http"):
        return False
    here, there = host_of(asked), host_of(target)
    if here == there:
        return _same_or_upgraded(asked, target)
    return not target.userinfo and _is_named(there) and _is_known(here, there, allowed) and _usual_port(asked, target)


def _same_or_upgraded(asked: httpx2.URL, target: httpx2.URL) -> bool:
    return (asked.scheme, asked.port) == (target.scheme, target.port) or _is_upgrade(asked, target)


def _is_upgrade(asked: httpx2.URL, target: httpx2.URL) -> bool:
    return (asked.scheme, target.scheme) == ("http", "https") and target.port is None


def _usual_port(asked: httpx2.URL, target: httpx2.URL) -> bool:
    return target.port is None or (asked.scheme, asked.port) == (target.scheme, target.port)


def _is_known(here: str, there: str, allowed: Collection[str]) -> bool:
    return here == f"www.{there}" or there == f"www.{here}" or any(_covers(one.lower(), there) for one in allowed)


def _covers(one: str, host: str) -> bool:
    if one.startswith(".") and len(one) > 1:
        return host == one[1:] or host.endswith(one)
    return host == one


def _is_named(host: str) -> bool:
    """It is a name in the public tree: no numeric address, no localhost."""
    local = host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    return not local and ":" not in host and _NUMERIC.fullmatch(host) is None
