"""A question at the command line, from the feed to the process that takes the page apart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.fakes.feeds import a_feed
from tests.fakes.fulltexts import CC_BY, PAGE
from tests.journeys.paperboy import Paperboy

RECORD = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord><record><metadata>'
    f'<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><license>{CC_BY}</license></arXiv>'
    "</metadata></record></GetRecord></OAI-PMH>"
)


class Arxiv(BaseHTTPRequestHandler):
    """The licence and the page of one paper."""

    def do_GET(self) -> None:
        body = {"/oai": RECORD, "/html/2602.00001v1": PAGE}[self.path.partition("?")[0]].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def arxiv() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Arxiv) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_question_is_answered_from_the_full_text(paperboy: Paperboy, arxiv: str) -> None:
    """The answer is quoted with its section; the text is stored, so that it is there when arXiv is not."""
    feed = str(a_feed(paperboy.home, 1))
    question = ("ask", "2602.00001", "how", "many", "lamps", "on", "how", "many", "nights?", "--json")
    assert paperboy("ingest", "--file", feed, "--format", "arxiv-rss").code == 0
    first = paperboy(*question, PAPERBOY_SOURCES__ARXIV__BASE_URL=arxiv).json
    again = paperboy(*question, PAPERBOY_SOURCES__ARXIV__BASE_URL="http://127.0.0.1:1").json
    assert first == again
    assert (first["read"], first["lack"], first["made_by"]) == ("html", None, None)
    assert first["passages"][0] == {
        "section": "2.1 Data",
        "text": r"We use $\alpha\leq 5$ lamps on 412 nights. $E=mc^{2}$",
    }
