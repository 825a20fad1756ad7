"""The layer that follows redirects, and the rule where one may lead, which is pure. It never resolves a name.

A source may send us to its own host, to that host's https and to its `www.` twin; any other host must have been named
by whoever asks. Nothing leads from https to http, to a numeric address, or to an address with a login in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

import httpx2

from adapters.sources.http.answers import Ask, Request, is_redirect
from core.errors import Refused

_HOPS: Final = 4
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
    if target.host and _may_go(origin, target, other_hosts):
        return target
    raise Refused(
        f"{origin.host} sends us to {target.host or 'nowhere'}, and Paperboy does not follow to other hosts.",
        status=status,
        hint="If the source has moved, change its base URL in the settings.",
    )


def follow_redirects(ask: Ask) -> Ask:
    """The layer that goes where a redirect leads, some steps far, and shows private headers to the first host only."""

    async def ask_and_follow(request: Request) -> httpx2.Response:
        step = request
        for _ in range(_HOPS):
            answer = await ask(step)
            if not is_redirect(answer, request.readable):
                return answer
            location = answer.headers.get("Location", "")
            target = follow(step.url, location, status=answer.status_code, other_hosts=request.other_hosts)
            private_headers = request.private_headers if host_of(target) == host_of(request.url) else {}
            step = replace(request, url=target, private_headers=private_headers)
        raise Refused(f"{step.url.host} sends us in circles.", status=answer.status_code)

    return ask_and_follow


def host_of(url: httpx2.URL) -> str:
    """The host in lower-case ASCII, as it is looked up."""
    return url.raw_host.decode("ascii").lower()


def _may_go(origin: httpx2.URL, target: httpx2.URL, other_hosts: Collection[str]) -> bool:
    if target.scheme not in ("http", "https") or (origin.scheme, target.scheme) == ("https", "http"):
        return False
    origin_host, target_host = host_of(origin), host_of(target)
    is_same_port = (origin.scheme, origin.port) == (target.scheme, target.port)
    if origin_host == target_host:
        is_upgrade = origin.scheme != target.scheme and target.port is None
        return target.userinfo in (b"", origin.userinfo) and (is_same_port or is_upgrade)
    is_twin = f"www.{origin_host}" == target_host or origin_host == f"www.{target_host}"
    return (
        not target.userinfo
        and (is_same_port or target.port is None)
        and _is_named(target_host)
        and (is_twin or any(_covers(pattern.lower(), target_host) for pattern in other_hosts))
    )


def _covers(pattern: str, host: str) -> bool:
    if pattern.startswith(".") and len(pattern) > 1:
        return host == pattern[1:] or host.endswith(pattern)
    return host == pattern


def _is_named(host: str) -> bool:
    """It is a name in the public tree: no numeric address, no localhost."""
    local = host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost")
    return not local and ":" not in host and _NUMERIC.fullmatch(host) is None
