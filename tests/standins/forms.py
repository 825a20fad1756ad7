"""Requests that bring files, as forms: the JSON in them, and the files."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from aiohttp.web_request import FileField


async def read_body(request: web.Request) -> tuple[Any, list[tuple[str, bytes]]]:
    """The JSON of a request, None where it has none; and the name and content of each file beside it."""
    if request.content_type != "multipart/form-data":
        text = await request.text()
        return (json.loads(text) if text else None), []
    form = await request.post()
    files = [one for name, one in form.items() if name.startswith("files[") and isinstance(one, FileField)]
    return json.loads(str(form["payload_json"])), [(one.filename, one.file.read()) for one in files]
