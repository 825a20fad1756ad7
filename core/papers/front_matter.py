"""Is this a paper, or a page of a journal's issue? Journals announce covers, mastheads and editorial boards as papers.

Pure. Such a page is kept like a paper, so that people find it; `core.choose.rules.judging` keeps it out of digests.
"""

from __future__ import annotations

import re
from typing import Final

from core.papers.paper import Paper

#: a page of an issue says less in the place of its abstract, in characters
_LONGEST_NOTE: Final = 300
_LONGEST_TITLE: Final = 400

#: covers, with or without the title of the paper that they show
_COVER: Final = re.compile(
    r"\W*(?:(?:outside |inside )?(?:front|back|rear) (?:inside |outside )?cover(?: (?:image|picture|art))?"
    r"|(?:inside|outside) cover(?: (?:image|picture|art))?"
    r"|cover (?:image|picture|feature|art(?:work)?|caption|legend)|frontispiece|titelbild|umschlagbild)"
    r"\s*(?:$|[:,(/–—-].*|\W*$)",
    re.IGNORECASE,
)
#: other pages, with what stands behind them: `Issue Information - TOC`
_PAGE: Final = re.compile(
    r"\W*(?:(?:issue|publication|issue publication) information|(?:issue )?(?:editorial )?masthead"
    r"|(?:editorial(?: advisory)?|advisory) board(?: members)?|(?:graphical )?table of contents|toc|contents list"
    r"|(?:front|back|end|preliminary) matter|cover and (?:front|back) matter|(?:half[- ])?title page"
    r"|copyright(?: page| information)|impressum|inhalt(?:sverzeichnis)?"
    r"|(?:author|subject|keyword|volume|cumulative|annual) index|index of authors"
    r"|list of (?:reviewers|referees|contributors)|(?:reviewer|referee) acknowledge?ments?"
    r"|(?:acknowledge?ments?|thanks|thank you) (?:of|to) (?:our |the )?(?:reviewers|referees)"
    r"|(?:information|instructions|guidelines|guide|notes) (?:for|to) (?:authors|contributors)"
    r"|aims (?:and|&) scope|(?:full|complete) issue(?: pdf)?|call for papers|blank page"
    r"|advertis(?:ing|ements?)(?: index)?)"
    r"(?:\s*[:,(/‐–—-].{0,80})?\W*",
    re.IGNORECASE,
)
#: words that may be a paper's title, and are none where nothing else is said
_BARE: Final = re.compile(
    r"\W*(?:cover|contents|index|contributors|in this issue|(?:our )?reviewers(?: (?:in|for|of))?(?: \d{4})?"
    r"|announcements?|calendar(?: of events)?|ieee (?:[\w&-]{1,30} ){1,8}society"
    r"|.{0,150} (?:information for authors|publication information|table of contents|institutional listings))\W*",
    re.IGNORECASE,
)


def is_front_matter(paper: Paper) -> bool:
    """True of a cover, a masthead, an editorial board, a table of contents: a page of an issue, and no paper."""
    title = paper.title[:_LONGEST_TITLE]
    if _COVER.fullmatch(title):
        return True
    if _PAGE.fullmatch(title):
        return len(paper.abstract) < _LONGEST_NOTE
    return not paper.abstract and bool(_BARE.fullmatch(title))
