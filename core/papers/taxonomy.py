"""The taxonomies: every category of arXiv, the subject areas of bioRxiv and medRxiv, and what people call them.

Data; `core.papers.categories` is the only reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

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
_ABBREVIATIONS: Final = {"hiv aids": "HIV/AIDS"}


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
            words = _ABBREVIATIONS.get(area) or f"{area[0].upper()}{area[1:]}"
            names[f"{server.lower()}:{area}"] = f"{words} ({server})"
    return MappingProxyType(names)


#: every category and archive of arXiv, with its English name, archives before their categories
NAMES: Final = _names()
#: `biorxiv`, `biorxiv:neuroscience` and all others of their kind, each with its name in words
SUBJECT_AREAS: Final = _subject_areas()
#: what people call a category whose own name has other words -> the category
OTHER_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        subject: category
        for category, subjects in (
            ("astro-ph", "astronomy"),
            ("cs.AI", "AI; knowledge representation; automated planning"),
            ("cs.CL", "NLP; natural language processing; computational linguistics; language models; LLM"),
            ("cs.CL", "machine translation; question answering"),
            ("cs.CR", "cryptology; computer security; cybersecurity; differential privacy"),
            ("cs.CV", "image recognition; image segmentation; object detection; image generation"),
            ("cs.DC", "distributed systems; parallel computing; high performance computing"),
            ("cs.DS", "algorithm design"),
            ("cs.HC", "HCI; human computer interaction; user interfaces"),
            ("cs.IR", "recommender systems; recommendation systems; search engines"),
            ("cs.LG", "ML; deep learning; reinforcement learning; neural networks; representation learning"),
            ("cs.MA", "multi-agent systems"),
            ("cs.NI", "computer networks"),
            ("cs.RO", "robots; robot learning; autonomous driving"),
            ("cs.SE", "software testing; code generation"),
            ("eess.AS", "speech recognition; speech synthesis"),
            ("eess.IV", "medical imaging"),
            ("q-bio.NC", "computational neuroscience; neuroscience"),
            ("quant-ph", "quantum computing; quantum information"),
            ("stat.ME", "causal inference"),
        )
        for subject in subjects.split("; ")
    }
)
