"""What an address says: the identifier of the paper that it shows, and which other addresses show the same page.

For feeds and for people: `identifiers` asks `identifier_in`, the store and feeds compare pages by `page` and
`clean_address`. Only what is certain is derived, because a wrong identifier hides a paper behind another one;
everything else stays an address. Pure; identifiers come as text that `Reference.parse` reads. The shapes of each
publisher are in `_SHAPES`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

#: longer ones are no addresses, in characters
LONGEST: Final = 2_000
#: an arXiv number since April 2007
ARXIV_NEW: Final = r"\d{4}\.\d{4,5}"
_ARCHIVES: Final = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga"
    "|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph"
    "|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
#: one of before, with or without its subject class; no other archive ever gave any
ARXIV_OLD: Final = rf"(?:{_ARCHIVES})(?:\.[a-z-]{{2,10}})?/\d{{7}}"
_ARXIV: Final = rf"((?:{ARXIV_NEW}|{ARXIV_OLD})(?:v\d{{1,3}})?)"
#: ASCII: other scripts have digits too
_FLAGS: Final = re.IGNORECASE | re.ASCII

#: parts of an address that only count visitors, name their session or say where they came from
_TRACKING: Final = re.compile(
    r"^(?:utm_\w+|rss|fromrss|source|ref|af|fbclid|gclid|dclid|msclkid|igshid|mkt_tok|mc_[ce]id|_hs(?:enc|mi)|_ga|_gl"
    r"|cmpid|dgcid|wt\.\w+|phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id|casa_token|needaccess|via"
    r"|error=cookies_not_supported|_rsc|twclid|yclid|spm|xtor)(?:=|$)",
    _FLAGS,
)
_SESSION: Final = re.compile(r";(?:jsessionid|phpsessid)=[^/?#;]*", _FLAGS)
_HOST: Final = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z]{2,24}(?::\d{1,5})?(?=/)", _FLAGS)
#: an address in a text; what closes a sentence or a bracket is taken off afterwards
_IN_TEXT: Final = re.compile(r"https?://[^\s<>|\"]{4,1990}", _FLAGS)

#: of a query, what may hold a DOI on any site
_DOI_FIELDS: Final = frozenset({"doi", "id", "doid", "rft_id", "rft.doi"})
_DOI: Final = re.compile(r"(?:^|[/:=])(10\.\d{4,9}/.+)", _FLAGS | re.DOTALL)
#: what publishers write behind the DOI
_VIEW: Final = re.compile(
    r"(?:/(?:abstract|full|fulltext|full-text|fullhtml|pdf|epdf|pdfdirect|ampdf|html|xml|epub|meta|summary|references"
    r"|citations?|cited-by|metrics|comments|article-info|supplementary-materials|suppl_file/\S+|figures?(?:/[\w-]+)?"
    r"|tables(?:/[\w-]+)?|fulltext\.html)"
    r"|\.(?:pdf|full|abstract|full-text|full\.pdf\+html|fulltext|html|epub))+/?$",
    re.IGNORECASE,
)
#: sites of which the whole path is the DOI
_RESOLVERS: Final = ("doi.org", "doi.acm.org", "dx.crossref.org")

#: arXiv, its mirrors, and readers laid out as arXiv is
_ARXIV_SITES: Final = (
    "arxiv.org", "alphaxiv.org", "ar5iv.org", "xxx.lanl.gov", "arxiv.lanl.gov", "xxx.itp.ac.cn", "arxiv.gg"
)  # fmt: skip
_ARXIV_SHAPES: Final = (
    (
        r"/(?:[a-z]{2}/)?(?:abs|pdf|html|format|src|e-print|ps|dvi|other|overview|audio|bibtex|trackback|tex|show-email)/"
        rf"(?:arxiv:)?{_ARXIV}(?:\.(?:pdf|ps|ps\.gz|tar\.gz))?",
        "arxiv:{0}",
    ),
    (rf"/(?:ftp|ps_cache)/arxiv/(?:papers|pdf)/\d{{4}}/({ARXIV_NEW}(?:v\d{{1,3}})?)(?:\.\w+)?", "arxiv:{0}"),
    (rf"/(?:ftp|ps_cache)/({_ARCHIVES})/(?:papers|pdf)/\d{{4}}/(\d{{7}}(?:v\d{{1,3}})?)(?:\.\w+)?", "arxiv:{0}/{1}"),
)
#: until the end of November 2025; since then these servers have another prefix as well
_RXIV: Final = (
    r"((?:\d{5,6}|(?:20(?:19|2[0-4])\.\d\d|2025\.(?:0\d|1[01]))\.\d\d\.\d{6,8})(?:v\d{1,2})?)(?:\.[a-z+.-]+|/[^?]*)?"
)
_RXIV_SHAPES: Final = (
    (
        r"/content/(?:[a-z]+/)?(?:early/\d{4}/\d\d/\d\d/)?(10\.(?:1101|64898)/[0-9.]*\d(?:v\d{1,2})?)(?:\.[a-z+.-]+|/[^?]*)?",
        "doi:{0}",
    ),
    (rf"/content/(?:[a-z]+/)?early/\d{{4}}/\d\d/\d\d/{_RXIV}", "doi:10.1101/{0}"),
    (rf"/cgi/content/[\w-]+/{_RXIV}", "doi:10.1101/{0}"),
)
#: of the Association for Computational Linguistics, those that have a DOI of this form throughout
_ACL: Final = (
    r"(20(?:2[0-3])\.(?:acl|emnlp|naacl|eacl)-(?:main|long|short)\.\d{1,4}"
    r"|2024\.(?:acl-long|acl-short|emnlp-main|naacl-long|naacl-short|findings-acl|findings-emnlp)\.\d{1,4}"
    r"|20(?:2[0-3])\.findings-(?:acl|emnlp|naacl)\.\d{1,4}"
    r"|(?:P1[6-9]|D1[5-9]|N16|N18|N19)-[12]\d{3})(?:v\d)?(?:\.(?:pdf|bib))?"
)
_PUBMED_NUMBER: Final = r"(\d{1,8})"
#: of MDPI, who numbers by volume, issue and article: ISSN -> the name in its DOIs, and the first volume that is so
_MDPI: Final[Mapping[str, tuple[str, int]]] = {
    "1424-8220": ("s", 10), "1422-0067": ("ijms", 11), "1420-3049": ("molecules", 15), "1099-4300": ("e", 12),
    "1660-4601": ("ijerph", 7), "1996-1944": ("ma", 3), "1996-1073": ("en", 3), "2071-1050": ("su", 2),
    "2072-4292": ("rs", 2), "2076-3417": ("app", 1), "2072-6643": ("nu", 2), "2072-6694": ("cancers", 2),
    "2073-4441": ("w", 2), "2073-4360": ("polym", 2), "2079-9292": ("electronics", 1), "2227-7390": ("math", 1),
    "2073-8994": ("sym", 2), "1999-4915": ("v", 2), "2073-4409": ("cells", 1), "2079-4991": ("nano", 1),
    "1999-4893": ("a", 3), "2077-0383": ("jcm", 1), "2073-4425": ("genes", 1), "2078-2489": ("info", 1),
}  # fmt: skip

#: domain, with everything below it -> path and query, and the identifier that they hold; `{n}` is a group
_SHAPES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    **dict.fromkeys(_ARXIV_SITES, _ARXIV_SHAPES),
    "papers.cool": ((rf"/arxiv/{_ARXIV}", "arxiv:{0}"),),
    "scirate.com": ((rf"/arxiv/{_ARXIV}", "arxiv:{0}"),),
    "arxiv-vanity.com": ((rf"/papers/{_ARXIV}", "arxiv:{0}"),),
    "huggingface.co": ((rf"/papers/({ARXIV_NEW}(?:v\d{{1,3}})?)", "arxiv:{0}"),),
    "hf.co": ((rf"/papers/({ARXIV_NEW}(?:v\d{{1,3}})?)", "arxiv:{0}"),),
    "semanticscholar.org": (
        (rf"/(?:(?:graph/)?v1/paper/)?arxiv[:/]{_ARXIV}", "arxiv:{0}"),
        (rf"/(?:(?:graph/)?v1/paper/)?pmid:{_PUBMED_NUMBER}", "pmid:{0}"),
    ),
    "ui.adsabs.harvard.edu": (
        (rf"/(?:abs|link_gateway)/arxiv:{_ARXIV}", "arxiv:{0}"),
        (r"/abs/\d{4}arxiv(\d{4}\.\d{4})[a-z]", "arxiv:{0}"),
        (r"/abs/\d{4}arxiv(\d{4})(\d{5})[a-z]", "arxiv:{0}.{1}"),
    ),
    "inspirehep.net": ((rf"/(?:api/)?arxiv/{_ARXIV}", "arxiv:{0}"),),
    "biorxiv.org": _RXIV_SHAPES,
    "medrxiv.org": _RXIV_SHAPES,
    "pubmed.ncbi.nlm.nih.gov": ((rf"/{_PUBMED_NUMBER}", "pmid:{0}"), (rf"/\?term={_PUBMED_NUMBER}", "pmid:{0}")),
    "ncbi.nlm.nih.gov": (
        (rf"/(?:m/)?pubmed/{_PUBMED_NUMBER}", "pmid:{0}"),
        (rf"/(?:m/)?pubmed/?\?term={_PUBMED_NUMBER}", "pmid:{0}"),
    ),
    "europepmc.org": ((rf"/(?:article|abstract)/med/{_PUBMED_NUMBER}", "pmid:{0}"),),
    "nature.com": (
        (r"/articles/([sd]\d{5}-\d{3}-\d{5}-[\da-z])(?:_reference)?(?:\.pdf|\.epdf)?", "doi:10.1038/{0}"),
        (r"/articles/(nature\d{4,5}|ncomms\d{4,5}|srep\d{5}|n[a-z]{1,8}\.\d{3,4})(?:\.pdf|\.epdf)?", "doi:10.1038/{0}"),
    ),
    "nber.org": ((r"/(?:papers|system/files/working_papers)/(w\d{1,6})(?:\.pdf)?", "doi:10.3386/{0}"),),
    "thelancet.com": (
        (r"/(?:.{0,80}/|action/showpdf\?)pii=?(S\d{4}-\d{3}[\dX]\(\d\d\)\d{5}-[\dX])", "doi:10.1016/{0}"),
    ),
    "academic.oup.com": ((r"/.{0,80}/(10\.1093/[\w-]+/[^/?]{2,40})(?:/\d{5,10})?", "doi:{0}"),),
    "journals.plos.org": (
        (r"/.{0,80}(?:[?&]id=|doi/)(10\.1371/journal\.p[a-z]{3}\.\d{7})(?!\.g\d)(?:&.*)?", "doi:{0}"),
    ),
    "dl.acm.org": ((r"/citation\.cfm\?(?:.{0,80}&)?id=(\d{6,8}\.\d{6,8})", "doi:10.1145/{0}"),),
    "elifesciences.org": (
        (r"/(?:articles|reviewed-preprints)/(\d{5,6})(?:v\d)?(?:\.pdf)?", "doi:10.7554/elife.{0}"),
        (r"/content/\d{1,2}/e(\d{5,6})(?:\.full|\.full\.pdf)?", "doi:10.7554/elife.{0}"),
    ),
    "aclanthology.org": ((rf"/{_ACL}", "doi:10.18653/v1/{0}"),),
    "aclweb.org": ((rf"/anthology/(?:papers/)?{_ACL}", "doi:10.18653/v1/{0}"),),
    "aclanthology.info": ((rf"/papers/{_ACL}", "doi:10.18653/v1/{0}"),),
    "pubs.rsc.org": (
        (r"/(?:[a-z-]+/)?content/article[a-z]+/\d{4}/[a-z]{2}/([a-z]\d[a-z]{2}\d{5}[a-z])", "doi:10.1039/{0}"),
    ),
    "bmj.com": ((r"/content/\d+/bmj\.(m\d{1,4}|n\d{1,4})(?:\.full(?:\.pdf)?)?", "doi:10.1136/bmj.{0}"),),
    "peerj.com": (
        (r"/articles/(\d{1,5})(?:\.pdf)?", "doi:10.7717/peerj.{0}"),
        (r"/articles/cs-(\d{1,5})(?:\.pdf)?", "doi:10.7717/peerj-cs.{0}"),
    ),
    "zenodo.org": ((r"/records?/(\d{4,9})", "doi:10.5281/zenodo.{0}"),),
    "papers.ssrn.com": ((r"/sol3/papers\.cfm\?(?:.{0,80}&)?abstract_?id=(\d{4,8})(?:&.*)?", "doi:10.2139/ssrn.{0}"),),
    "ssrn.com": ((r"/abstract=(\d{4,8})", "doi:10.2139/ssrn.{0}"),),
    "hindawi.com": ((r"/journals/[a-z]+/(\d{4}/\d{6,7})", "doi:10.1155/{0}"),),
}  # fmt: skip
#: domain -> path and query of addresses of one page, and the one that stands for them
_PAGES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "eprint.iacr.org": ((r"/(\d{4}/\d{1,5})(?:\.pdf|\.ps)?", "eprint.iacr.org/{0}"),),
    "ia.cr": ((r"/(\d{4}/\d{1,5})(?:\.pdf|\.ps)?", "eprint.iacr.org/{0}"),),
    "openreview.net": (
        (r"/(?:forum|pdf|attachment|revisions)\?(?:.{0,200}&)?id=([\w-]+)", "openreview.net/forum?id={0}"),
    ),
    "ieeexplore.ieee.org": (
        (r"/(?:abstract/|rest/)?document/(\d{5,9})", "ieeexplore.ieee.org/document/{0}"),
        (r"/\S{0,60}\?(?:.{0,80}&)?arnumber=(\d{5,9})(?:&.*)?", "ieeexplore.ieee.org/document/{0}"),
    ),
    "ncbi.nlm.nih.gov": ((r"/(?:pmc/)?articles/(PMC\d{4,9})", "pmc.ncbi.nlm.nih.gov/articles/{0}"),),
    "europepmc.org": ((r"/(?:articles?|abstract)/(?:PMC/)?(PMC\d{4,9})", "pmc.ncbi.nlm.nih.gov/articles/{0}"),),
    "semanticscholar.org": (
        (r"/paper/(?:[^/]{1,300}/)?([\da-f]{40})", "semanticscholar.org/paper/{0}"),
        (r"/(?:(?:graph/)?v1/paper/)?corpusid:(\d{1,12})", "api.semanticscholar.org/corpusid:{0}"),
    ),
    "sciencedirect.com": (
        (r"/science/article/(?:[a-z]{2,3}/)?pii/(S[\dX]{16})", "sciencedirect.com/science/article/pii/{0}"),
    ),
    "linkinghub.elsevier.com": ((r"/retrieve/pii/(S[\dX]{16})", "sciencedirect.com/science/article/pii/{0}"),),
}  # fmt: skip
#: what may follow in a path or query, once a page is known
_TAIL: Final = r"(?:/[^?]{0,200})?(?:[?&].*)?"

#: addresses that lead on: domain, and the field of the query that holds the address
_WRAPPERS: Final = (
    ("google.com", ("q", "url")), ("scholar.google.com", ("q", "doi", "url")), ("slack-redir.net", ("url",)),
    ("safelinks.protection.outlook.com", ("url",)), ("l.facebook.com", ("u",)), ("feedproxy.google.com", ("url",)),
)  # fmt: skip
_ARCHIVE_COPY: Final = re.compile(r"/web/\d{4,14}[a-z_*]{0,4}/(https?:/.+)", _FLAGS)
#: a library's host that stands for a publisher's: `www-nature-com.proxy.lib.example.edu`
_PROXY: Final = re.compile(
    r"([a-z0-9.-]+?)\.(?:[a-z0-9-]*(?:proxy|libaccess|remotexs|webvpn)[a-z0-9-]*|idm)\..+", _FLAGS
)
_LOGIN_FIELDS: Final = ("url", "qurl")


def identifier_in(address: str) -> str:
    """The identifier of the paper that an address certainly shows, `doi:10.1038/...`; empty where it tells none."""
    return _identifier_in(address, steps=3)


def _identifier_in(address: str, steps: int) -> str:
    parts = _split(address)
    if parts is None:
        return ""
    host = _host(parts)
    if (
        steps
        and (inner := _led_to(parts, host))
        and (identifier := _identifier_in(inner, steps - 1) or _bare_doi(inner))
    ):
        return identifier
    host = _without_proxy(host)
    place = _place(parts)
    return _match_shapes(host, place, _SHAPES) or _mdpi(host, place) or _doi_in(host, parts)


def page(address: str) -> str:
    """What all addresses of one page have in common: without scheme, `www.`, session, tracking, fragment and a slash
    at the end. Empty for what is no address of the web."""
    parts = _split(address)
    if parts is None:
        return ""
    host = _without_proxy(_host(parts))
    place = _place(parts)
    if whole := _match_shapes(host, place, _PAGES):
        return whole
    path, mark, query = place.partition("?")
    return f"{host.removeprefix('www.')}{path.rstrip('/')}{mark}{query}"


def pages(address: str) -> tuple[str, ...]:
    """The pages that an address may mean, the likeliest first: a PDF may lie beside its page under the same name."""
    first = page(address)
    path, _, _ = first.partition("?")
    beside = re.sub(r"\.pdf$", "", path, flags=re.IGNORECASE)
    return tuple(dict.fromkeys(filter(None, (first, beside if beside != path else ""))))


def clean_address(text: object, *, fragment: bool = False) -> str:
    """A web address without session, and without what only counts visitors; empty for anything else."""
    return _clean(text, fragment) if isinstance(text, str) and len(text) <= LONGEST else ""


@lru_cache(maxsize=1024)  # the address of a feed's entry is asked for again and again
def _clean(text: str, fragment: bool) -> str:
    address = text.strip()
    if not address.isprintable() or re.search(r"[ \"]", address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc or re.search("[<>]", parts.netloc):
        return ""
    place = (_SESSION.sub("", parts.path), _lasting(parts.query), parts.fragment if fragment else "")
    # angle brackets stand in some DOIs, and in no address that is sent anywhere
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), *place)).replace("<", "%3C").replace(">", "%3E")


def is_address(text: str) -> bool:
    """True of a whole address of the web, with its scheme."""
    return bool(re.match(r"https?://", text, re.IGNORECASE)) and _split(text) is not None


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses that stand in a text, each once, without what closes a sentence or a bracket around them."""
    addresses = (without_end(address) for address in _IN_TEXT.findall(text[:20_000]))
    return tuple(dict.fromkeys(address for address in addresses if _split(address)))


def without_end(text: str) -> str:
    """Without the punctuation of the sentence around it: commas, full stops, quotes, brackets that nothing opened."""
    while text:
        end = text[-1]
        opening = {")": "(", "]": "[", "}": "{", ">": "<"}.get(end)
        if end in ".,;:!?'\"“”‘’»*_`…" or (opening and text.count(end) > text.count(opening)):
            text = text[:-1].rstrip()
        else:
            break
    return text


def _split(address: str) -> SplitResult | None:
    """None for what is no address; one without scheme must begin with a host and a path."""
    address = address.strip()
    if len(address) > LONGEST or not address.isprintable() or " " in address:
        return None
    if not re.match(r"https?://", address, re.IGNORECASE):
        if not _HOST.match(address):
            return None
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts if parts.hostname else None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        port = parts.port
    except ValueError:
        port = None
    return host if port in (None, 80, 443) else f"{host}:{port}"


def _place(parts: SplitResult) -> str:
    """Path and query, unescaped, without what changes from visit to visit."""
    path, query = unquote(_SESSION.sub("", parts.path)), unquote(_lasting(parts.query))
    return f"{path}?{query}" if query else path


def _lasting(query: str) -> str:
    return "&".join(field for field in query.split("&") if field and not _TRACKING.match(field))


def _fields(query: str) -> Iterator[tuple[str, str]]:
    """Names, in lower case, and values of a query; a plus sign stays one, because DOIs have some."""
    for field in query.split("&"):
        name, _, value = field.partition("=")
        yield unquote(name).lower(), unquote(value)


def _led_to(parts: SplitResult, host: str) -> str:
    """The address that this one only leads to: a search engine's, a mail filter's, a library's log-in."""
    if _is_of(host, "web.archive.org") and (match := _ARCHIVE_COPY.match(unquote(parts.path))):
        return re.sub(r"^(https?:/)/*", r"\1/", match[1])
    names = [name for domain, names in _WRAPPERS if _is_of(host, domain) for name in names]
    if "proxy" in host or parts.path.rstrip("/").endswith("login"):
        names += _LOGIN_FIELDS
    return next((value for name, value in _fields(parts.query) if name in names and value), "")


def _without_proxy(host: str) -> str:
    """The publisher's own host where a library stands in for it."""
    match = _PROXY.fullmatch(host)
    if not match:
        return host
    behind = match[1] if "." in match[1] else match[1].replace("--", "\0").replace("-", ".").replace("\0", "-")
    return behind if "." in behind else host


def _is_of(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _match_shapes(host: str, place: str, shapes: Mapping[str, tuple[tuple[str, str], ...]]) -> str:
    labels = host.split(".")
    for start in range(len(labels) - 1):
        for shape, form in shapes.get(".".join(labels[start:]), ()):
            if match := re.fullmatch(rf"{shape}{_TAIL}", place, _FLAGS):
                return form.format(*match.groups())
    return ""


def _mdpi(host: str, place: str) -> str:
    shape = r"/(\d{4}-\d{3}[\dX])/(\d{1,3})/(\d{1,2})/(\d{1,5})"
    match = re.fullmatch(shape + _TAIL, place, _FLAGS) if _is_of(host, "mdpi.com") else None
    if not match or match[1].upper() not in _MDPI:
        return ""
    name, first = _MDPI[match[1].upper()]
    volume, issue, article = int(match[2]), int(match[3]), int(match[4])
    return f"doi:10.3390/{name}{volume}{issue:02}{article:04}" if volume >= first else ""


def _doi_in(host: str, parts: SplitResult) -> str:
    """The DOI that stands in an address of any site, without the publisher's parts behind it."""
    if any(_is_of(host, domain) for domain in _RESOLVERS):
        return _bare_doi(unquote(parts.path).lstrip("/"))
    path = unquote(_SESSION.sub("", parts.path))
    if (match := _DOI.search(path)) and (doi := _bare_doi(_VIEW.sub("", match[1]))):
        return doi
    for name, value in _fields(parts.query):
        if name in _DOI_FIELDS and (doi := _bare_doi(_VIEW.sub("", value))):
            return doi
    return ""


def _bare_doi(text: str) -> str:
    """`doi:10.1000/x` of a text that is nothing but a DOI, with whatever is customary before it; else nothing."""
    match = re.fullmatch(r"(?:info:)?(?:doi[:/]?\s?)?(10\.\d{4,9}/\S+)", text.strip(), _FLAGS)
    return f"doi:{match[1]}" if match and match[1].isprintable() else ""
