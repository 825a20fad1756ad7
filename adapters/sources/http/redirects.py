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


def follow(origin: httpx2.URL, location: str, *, status: int, other_hosts: Collection[str] = ()) -> httpx2.URL:
    """Where the redirect `location` of an answer from `origin` leads.

    It may lead to `other_hosts` as well, which are named exactly, or as `.example.org` for example.org and all its
    subdomains. Raises Refused.
    """
    try:
        target = origin.join(location)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Refused(f"{origin.host} sends us to no address.", status=status) from error
    if _is_web(target) and _may_go(origin, target, other_hosts):
        return target
    raise Refused(
        f"{origin.host} sends us to {target.host or 'nowhere'}, and Paperboy does not follow to other hosts.",
        status=status,
        hint="If the source has moved, change its base URL in the settings.",
    )


def host_of(url: httpx2.URL) -> str:
    """The host in lower-case ASCII, as it is looked up."""
    return url.raw_host.decode("ascii").lower()


def _is_web(target: httpx2.URL) -> bool:
    return target.scheme in ("http", "https") and bool(target.host)


def _may_go(origin: httpx2.URL, target: httpx2.URL, other_hosts: Collection[str]) -> bool:
    if target.userinfo and target.userinfo != origin.userinfo:
        return False
    if (origin.scheme, target.scheme) == ("https", "http"):
        return False
    origin_host, target_host = host_of(origin), host_of(target)
    if origin_host == target_host:
        return _is_same_or_upgrade(origin, target)
    return (
        not target.userinfo
        and _is_named(target_host)
        and _is_known(origin_host, target_host, other_hosts)
        and _has_usual_port(origin, target)
    )


def _is_same_or_upgrade(origin: httpx2.URL, target: httpx2.URL) -> bool:
    return (origin.scheme, origin.port) == (target.scheme, target.port) or _is_upgrade(origin, target)


def _is_upgrade(origin: httpx2.URL, target: httpx2.URL) -> bool:
    return (origin.scheme, target.scheme) == ("http", "https") and target.port is None


def _has_usual_port(origin: httpx2.URL, target: httpx2.URL) -> bool:
    return target.port is None or (origin.scheme, origin.port) == (target.scheme, target.port)


def _is_known(origin_host: str, target_host: str, other_hosts: Collection[str]) -> bool:
    return (
        origin_host == f"www.{target_host}"
        or target_host == f"www.{origin_host}"
        or any(_covers(pattern.lower(), target_host) for pattern in other_hosts)
    )


def _covers(pattern: str, host: str) -> bool:
    if pattern.startswith(".") and len(pattern) > 1:
        return host == pattern[1:] or host.endswith(pattern)
    return host == pattern


def _is_named(host: str) -> bool:
    """It is a name in the public tree: no numeric address, no localhost."""
    local = host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    return not local and ":" not in host and _NUMERIC.fullmatch(host) is None
