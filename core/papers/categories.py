"""What can be subscribed to: arXiv's categories, the subject areas of bioRxiv and medRxiv, and journals' feeds.

An archive of arXiv (`cs`, `astro-ph`) stands for all its categories; some archives, such as `quant-ph`, are a category
themselves. A server (`biorxiv`) stands for all its subject areas (`biorxiv:neuroscience`). A feed is written
`feed:NAME`, by the name that the settings give it. Which source has what is told by `source_of`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process, utils

from core.errors import BadCategory

#: an archive and its name on one line, the suffixes of its categories and their names set in below
_TAXONOMY: Final = """
astro-ph Astrophysics
  CO Cosmology and Nongalactic Astrophysics
  EP Earth and Planetary Astrophysics
  GA Astrophysics of Galaxies
  HE High Energy Astrophysical Phenomena
  IM Instrumentation and Methods for Astrophysics
  SR Solar and Stellar Astrophysics
cond-mat Condensed Matter
  dis-nn Disordered Systems and Neural Networks
  mes-hall Mesoscale and Nanoscale Physics
  mtrl-sci Materials Science
  other Other Condensed Matter
  quant-gas Quantum Gases
  soft Soft Condensed Matter
  stat-mech Statistical Mechanics
  str-el Strongly Correlated Electrons
  supr-con Superconductivity
cs Computer Science
  AI Artificial Intelligence
  AR Hardware Architecture
  CC Computational Complexity
  CE Computational Engineering, Finance, and Science
  CG Computational Geometry
  CL Computation and Language
  CR Cryptography and Security
  CV Computer Vision and Pattern Recognition
  CY Computers and Society
  DB Databases
  DC Distributed, Parallel, and Cluster Computing
  DL Digital Libraries
  DM Discrete Mathematics
  DS Data Structures and Algorithms
  ET Emerging Technologies
  FL Formal Languages and Automata Theory
  GL General Literature
  GR Graphics
  GT Computer Science and Game Theory
  HC Human-Computer Interaction
  IR Information Retrieval
  IT Information Theory
  LG Machine Learning
  LO Logic in Computer Science
  MA Multiagent Systems
  MM Multimedia
  MS Mathematical Software
  NA Numerical Analysis
  NE Neural and Evolutionary Computing
  NI Networking and Internet Architecture
  OH Other Computer Science
  OS Operating Systems
  PF Performance
  PL Programming Languages
  RO Robotics
  SC Symbolic Computation
  SD Sound
  SE Software Engineering
  SI Social and Information Networks
  SY Systems and Control
econ Economics
  EM Econometrics
  GN General Economics
  TH Theoretical Economics
eess Electrical Engineering and Systems Science
  AS Audio and Speech Processing
  IV Image and Video Processing
  SP Signal Processing
  SY Systems and Control
gr-qc General Relativity and Quantum Cosmology
hep-ex High Energy Physics - Experiment
hep-lat High Energy Physics - Lattice
hep-ph High Energy Physics - Phenomenology
hep-th High Energy Physics - Theory
math Mathematics
  AC Commutative Algebra
  AG Algebraic Geometry
  AP Analysis of PDEs
  AT Algebraic Topology
  CA Classical Analysis and ODEs
  CO Combinatorics
  CT Category Theory
  CV Complex Variables
  DG Differential Geometry
  DS Dynamical Systems
  FA Functional Analysis
  GM General Mathematics
  GN General Topology
  GR Group Theory
  GT Geometric Topology
  HO History and Overview
  IT Information Theory
  KT K-Theory and Homology
  LO Logic
  MG Metric Geometry
  MP Mathematical Physics
  NA Numerical Analysis
  NT Number Theory
  OA Operator Algebras
  OC Optimization and Control
  PR Probability
  QA Quantum Algebra
  RA Rings and Algebras
  RT Representation Theory
  SG Symplectic Geometry
  SP Spectral Theory
  ST Statistics Theory
math-ph Mathematical Physics
nlin Nonlinear Sciences
  AO Adaptation and Self-Organizing Systems
  CD Chaotic Dynamics
  CG Cellular Automata and Lattice Gases
  PS Pattern Formation and Solitons
  SI Exactly Solvable and Integrable Systems
nucl-ex Nuclear Experiment
nucl-th Nuclear Theory
physics Physics
  acc-ph Accelerator Physics
  ao-ph Atmospheric and Oceanic Physics
  app-ph Applied Physics
  atm-clus Atomic and Molecular Clusters
  atom-ph Atomic Physics
  bio-ph Biological Physics
  chem-ph Chemical Physics
  class-ph Classical Physics
  comp-ph Computational Physics
  data-an Data Analysis, Statistics and Probability
  ed-ph Physics Education
  flu-dyn Fluid Dynamics
  gen-ph General Physics
  geo-ph Geophysics
  hist-ph History and Philosophy of Physics
  ins-det Instrumentation and Detectors
  med-ph Medical Physics
  optics Optics
  plasm-ph Plasma Physics
  pop-ph Popular Physics
  soc-ph Physics and Society
  space-ph Space Physics
q-bio Quantitative Biology
  BM Biomolecules
  CB Cell Behavior
  GN Genomics
  MN Molecular Networks
  NC Neurons and Cognition
  OT Other Quantitative Biology
  PE Populations and Evolution
  QM Quantitative Methods
  SC Subcellular Processes
  TO Tissues and Organs
q-fin Quantitative Finance
  CP Computational Finance
  EC Economics
  GN General Finance
  MF Mathematical Finance
  PM Portfolio Management
  PR Pricing of Securities
  RM Risk Management
  ST Statistical Finance
  TR Trading and Market Microstructure
quant-ph Quantum Physics
stat Statistics
  AP Applications
  CO Computation
  ME Methodology
  ML Machine Learning
  OT Other Statistics
  TH Statistics Theory
"""

#: a server, as it writes itself, and its subject areas, in the words of its answers
_SERVERS: Final = """
bioRxiv
  animal behavior and cognition; biochemistry; bioengineering; bioinformatics; biophysics; cancer biology; cell biology
  clinical trials; developmental biology; ecology; epidemiology; evolutionary biology; genetics; genomics; immunology
  microbiology; molecular biology; neuroscience; paleontology; pathology; pharmacology and toxicology; physiology
  plant biology; scientific communication and education; synthetic biology; systems biology; zoology
medRxiv
  addiction medicine; allergy and immunology; anesthesia; cardiovascular medicine; dentistry and oral medicine
  dermatology; emergency medicine; endocrinology; epidemiology; forensic medicine; gastroenterology
  genetic and genomic medicine; geriatric medicine; health economics; health informatics; health policy
  health systems and quality improvement; hematology; hiv aids; infectious diseases
  intensive care and critical care medicine; medical education; medical ethics; nephrology; neurology; nursing
  nutrition; obstetrics and gynecology; occupational and environmental health; oncology; ophthalmology; orthopedics
  otolaryngology; pain medicine; palliative medicine; pathology; pediatrics; pharmacology and therapeutics
  primary care research; psychiatry and clinical psychology; public and global health; radiology and imaging
  rehabilitation medicine and physical therapy; respiratory medicine; rheumatology; sexual and reproductive health
  sports medicine; surgery; toxicology; transplantation; urology
"""
_ABBREVIATED: Final = {"hiv aids": "HIV/AIDS"}
_FEED: Final = re.compile(r"feed:([a-z0-9][a-z0-9_.-]{0,59})")
#: how words of a subject area are joined: in an address, on a command line
_JOINTS: Final = re.compile(r"[\s_-]+")


def _names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    archive = ""
    for line in _TAXONOMY.strip().splitlines():
        key, _, name = line.strip().partition(" ")
        archive = archive if line.startswith(" ") else key
        names[f"{archive}.{key}" if line.startswith(" ") else key] = name
    return MappingProxyType(names)


def _subject_areas() -> Mapping[str, str]:
    names: dict[str, str] = {}
    server = ""
    for line in _SERVERS.strip().splitlines():
        if not line.startswith(" "):
            server = line
            names[server.lower()] = server
            continue
        for area in line.strip().split("; "):
            words = _ABBREVIATED.get(area) or f"{area[0].upper()}{area[1:]}"
            names[f"{server.lower()}:{area}"] = f"{words} ({server})"
    return MappingProxyType(names)


#: every category and archive of arXiv, with its English name, archives before their categories
NAMES: Final = _names()
#: `biorxiv`, `biorxiv:neuroscience` and all others of their kind, each with its name in words
SUBJECT_AREAS: Final = _subject_areas()
_BY_LOWER: Final = MappingProxyType({category.lower(): category for category in NAMES})
#: sources that are read from files alone, so that no subscription decides what they bring
FILES_ALONE: Final = frozenset({"daily-arxiv"})
_LONGEST_FIRST: Final = sorted(SUBJECT_AREAS, key=len, reverse=True)
_IN_A_TEXT: Final = re.compile(rf"(?<!\w)(?:{'|'.join(_LONGEST_FIRST)})(?!\w)".replace(" ", r"[\s_-]+"), re.IGNORECASE)


def _parts() -> Mapping[str, tuple[str, ...]]:
    parts: dict[str, tuple[str, ...]] = {}
    for name in map(str.lower, (*NAMES, *SUBJECT_AREAS)):
        whole = name.partition(":")[0].partition(".")[0]
        if whole != name:
            parts[whole] = (*parts.get(whole, ()), name)
    return MappingProxyType(parts)


#: the parts of each archive and server, in lower case
_PARTS: Final = _parts()


def canonical(text: str) -> str:
    """A category in its source's spelling: `CS.cl` -> `cs.CL`, `bioRxiv:Cell_Biology` -> `biorxiv:cell biology`.

    A feed is taken as it is (`Feed:Nature` -> `feed:nature`), whether the settings know it or not. Raises BadCategory,
    naming the nearest.
    """
    typed = text.strip()
    if found := _BY_LOWER.get(typed.lower()):
        return found
    server, colon, area = typed.partition(":")
    if server.lower() in SUBJECT_AREAS:
        return _subject_area(server.lower(), area) if colon else server.lower()
    if server.lower() == "feed" and colon:
        return _feed(typed)
    raise BadCategory(f"arXiv has no category '{typed[:60]}'.", hint=_hint(typed[:60]))


def joined(text: str) -> str:
    """The same text with subject areas of several words as one word each, so that it can be split at spaces.

    `biorxiv:cell biology, cs.CL` -> `biorxiv:cell_biology, cs.CL`; `canonical` reads both.
    """
    return _IN_A_TEXT.sub(lambda area: _JOINTS.sub("_", area[0]), text)


def name_of(category: str) -> str:
    """The category's name in words; the category itself where no source has one like it."""
    if category.startswith("feed:"):
        return f"{category.removeprefix('feed:')} (feed)"
    return NAMES.get(category) or SUBJECT_AREAS.get(category, category)


def source_of(category: str) -> tuple[str, str]:
    """The name of the source that has a (canonical) category, and the scope to ask it for."""
    server = category.partition(":")[0]
    if server == "feed":
        return "feeds", category
    return ("biorxiv" if server in SUBJECT_AREAS else "arxiv"), category


def whole_of(category: str) -> str:
    """The archive or server that a category is a part of: `cs` of `cs.CL`; itself where it is whole, or a feed."""
    server, colon, _ = category.partition(":")
    if not colon:
        return category.partition(".")[0]
    return server if server.lower() in SUBJECT_AREAS else category


def covers(wanted: str, category: str) -> bool:
    """Is a category the wanted one, or in the wanted archive or server? Letter case does not count.

    Papers of bioRxiv and medRxiv name their subject area alone (`neuroscience`), without the server.
    """
    wanted, category = wanted.lower(), category.lower()
    if wanted in (category, whole_of(category)):
        return True
    return wanted in SUBJECT_AREAS and f"{wanted.partition(':')[0]}:{category}" in _areas_within(wanted)


def within(wanted: Sequence[str], categories: Iterable[str]) -> bool:
    """Is any of a paper's categories covered by any wanted one? Everything is, where none is wanted in particular."""
    return not wanted or any(covers(one, category) for category in categories for one in wanted)


def scopes_within(wanted: Iterable[str]) -> frozenset[str]:
    """The scopes whose listings are read for these categories, in lower case: each, and every part of what is whole.

    What is announced elsewhere is the affair of others, even where a paper names one of these categories.
    """
    return frozenset(scope for one in wanted for scope in (one.lower(), *_PARTS.get(one.lower(), ())))


def announces(wanted: Sequence[str], source: str, scope: str, categories: Iterable[str]) -> bool:
    """Is a line of this source and scope read for whoever wants these categories, of a paper in `categories`?"""
    if not wanted or source in FILES_ALONE:
        return within(wanted, categories)
    return scope.lower() in scopes_within(wanted)


def _areas_within(wanted: str) -> Collection[str]:
    return SUBJECT_AREAS if ":" not in wanted else (wanted,)


def _subject_area(server: str, typed: str) -> str:
    """The area in the server's own words; `&` and a slash stand for what the server spells out or leaves out."""
    area = " ".join(_JOINTS.split(typed.lower().replace("&", " and ").replace("/", " "))).strip()
    if (found := f"{server}:{area}") in SUBJECT_AREAS:
        return found
    own = [one for one in SUBJECT_AREAS if one.startswith(f"{server}:")]
    near = process.extractOne(found[:60], own, scorer=fuzz.ratio)
    hint = f"Did you mean {near[0]}?" if near and area else f"Write one like {own[0]}, or {server} for all of them."
    raise BadCategory(f"{SUBJECT_AREAS[server]} has no subject area '{typed.strip()[:60]}'.", hint=hint)


def _feed(typed: str) -> str:
    if match := _FEED.fullmatch(typed.lower()):
        return match[0]
    raise BadCategory(
        f"'{typed[5:65]}' is no name of a feed.", hint="Write feed: and its name in the settings, such as feed:nature."
    )


def _hint(text: str) -> str:
    area = " ".join(_JOINTS.split(text.lower()))
    exactly = next((one for one in SUBJECT_AREAS if area and one.endswith(f":{area}")), None)
    near = _nearest(text)
    if exactly and (near is None or NAMES[near].lower() != area):
        return f"Did you mean {exactly}?"
    if near:
        return f"Did you mean {near} ({NAMES[near]})?"
    return "Write one like cs.CL, or a whole archive like math."


def _nearest(text: str) -> str | None:
    """By spelling (`cs.CLL`), or by name (`robotics`)."""
    # with a dot it can only be meant as a category, so that any near one helps
    close_enough = 50 if "." in text else 75
    spelled = process.extractOne(text.lower(), _BY_LOWER.keys(), scorer=fuzz.ratio, score_cutoff=close_enough)
    if spelled:
        return _BY_LOWER[spelled[0]]
    named = process.extractOne(text, NAMES, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=80)
    return named[2] if named else None
