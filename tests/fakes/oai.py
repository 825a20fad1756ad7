"""Invented answers of arXiv's archive for harvesters, as it would write them."""

from __future__ import annotations

from xml.sax.saxutils import escape


def record(id: str = "2602.00001", stamp: str = "2026-02-04", **fields: str) -> str:
    """One record; `fields` are elements of arXiv's own format, empty ones left out."""
    told = {"created": "2026-02-02", "title": "Invented lanterns", "categories": "cs.CL cs.AI", **fields}
    parts = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in told.items() if text)
    return (
        f"<record><header><identifier>oai:arXiv.org:{id}</identifier><datestamp>{stamp}</datestamp></header><metadata>"
        f'<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{id}</id>{parts}<authors><author><keyname>Example</keyname>'
        "<forenames>Ada</forenames><suffix>Jr</suffix><affiliation>Invented Institute</affiliation></author>"
        "<author><keyname>Sample Collaboration</keyname></author></authors></arXiv></metadata></record>"
    )


def answer(inside: str, *, at: str = "2026-03-01T05:00:00Z", head: str = "") -> bytes:
    """A document of the protocol, given `at` a moment."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>{at}</responseDate><request>https://oaipmh.example.org/oai</request>{inside}</OAI-PMH>"
    ).encode()


def page(*records: str, token: str = "", **more: str) -> bytes:
    """A page of records, with its `token` element."""
    return answer(f"<ListRecords>{''.join(records)}{token}</ListRecords>", **more)


def error(code: str, reason: str = "", **more: str) -> bytes:
    """An error of the protocol."""
    return answer(f'<error code="{code}">{reason}</error>', **more)


#: the answer for days without records
NOTHING = error("noRecordsMatch")
