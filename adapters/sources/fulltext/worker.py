"""The separate process that takes one document apart: `python -m adapters.sources.fulltext.worker html|pdf`.

The document comes in on standard input, the `Report` of `extraction` goes out as JSON. The document was written by
strangers and is parsed in C and C++: so this process has no secrets in its environment, may write no file, and dies
where it takes too much memory or time. `extraction` starts it, and kills it where it hangs.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Final

#: bytes of address space; PDFium and Python take 50 MB of it for a long paper
MOST_MEMORY: Final = 512 * 2**20
#: seconds of a processor
MOST_CPU_S: Final = 20


def main() -> None:
    """Read, take apart, write."""
    body = sys.stdin.buffer.read()
    sys.stdout.write(json.dumps(_report(sys.argv[1], body)))


def _limit_ourselves() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _report(form: str, body: bytes) -> dict[str, object]:
    from adapters.sources.fulltext.parts import LockedDocument, NotAPaper, NoText

    try:
        _limit_ourselves()
    except (OSError, ValueError):
        return {"problem": "limits"}
    try:
        if form == "pdf":
            from adapters.sources.fulltext.pdf import read_pdf as read
        else:
            from adapters.sources.fulltext.latexml import read_html as read
        parts = read(body)
    except NotAPaper:
        return {"problem": "not a paper"}
    except NoText:
        return {"problem": "no text"}
    except LockedDocument:
        return {"problem": "locked"}
    except MemoryError:
        return {"problem": "memory"}
    if not parts.has_text:
        return {"problem": "no text"}
    return {"sections": parts.sections, "figures": parts.figures}


if __name__ == "__main__":
    main()
