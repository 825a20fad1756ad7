"""What papers of a category are about, in the words that people use for it: beside the names, which are few and formal.

`core.choose.interest.fitting` looks a channel's words up here. A subject that many categories share stands at the one
or two where most of its papers are. Written from arXiv's own descriptions of its categories.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.papers.taxonomy import NAMES, SUBJECT_AREAS

_SUBJECTS: Final = """
astro-ph.CO cosmology; dark matter; dark energy; inflation; cosmic microwave background; large-scale structure
astro-ph.EP exoplanets; planets; asteroids; comets; planet formation; solar system
astro-ph.GA galaxies; milky way; star clusters; interstellar medium
astro-ph.HE black holes; neutron stars; supernovae; gamma-ray bursts; cosmic rays; pulsars; fast radio bursts
astro-ph.IM telescopes; observatories
astro-ph.SR stars; sun; stellar evolution; brown dwarfs; solar flares
cond-mat.mes-hall graphene; quantum dots; nanostructures; topological insulators
cond-mat.mtrl-sci materials; alloys; perovskites; batteries
cond-mat.soft polymers; colloids; liquid crystals; active matter
cond-mat.str-el strongly correlated; spin liquids; Mott insulators
cond-mat.supr-con superconductors; superconducting
cs.AI planning; reasoning; knowledge representation; agents; agentic; artificial intelligence; AI
cs.AR processors; accelerators; FPGA; chip design; hardware
cs.CL language models; large language models; LLM; LLMs; NLP; natural language; translation; dialogue; summarization; \
speech recognition; question answering; text generation; prompting; in-context learning; linguistics; tokenization
cs.CR security; privacy; cryptography; malware; attacks; encryption; jailbreaks; blockchain
cs.CV images; videos; computer vision; segmentation; object detection; pose estimation; diffusion models; \
image generation; 3D reconstruction; gaussian splatting; vision-language models; face recognition; OCR; pixels
cs.CY ethics; education; AI governance; digital society; policy
cs.DB SQL; query optimization; data management; knowledge graphs
cs.DC distributed systems; cloud; serverless; parallel computing; GPU clusters; high performance computing
cs.DS graph algorithms; approximation algorithms; streaming algorithms; sorting
cs.GR rendering; animation; geometry processing; meshes
cs.GT auctions; mechanism design; game theory; equilibria
cs.HC user interfaces; user studies; accessibility; virtual reality; augmented reality; visualization; usability
cs.IR recommendation; recommender systems; search engines; retrieval; ranking; retrieval-augmented generation; RAG
cs.IT coding theory; channel capacity; compression; error correction
cs.LG deep learning; neural networks; machine learning; reinforcement learning; transformers; representation learning; \
graph neural networks; federated learning; continual learning; interpretability; world models; quantization; pruning; \
fine-tuning; pretraining; generative models; contrastive learning; optimizers; time series; scaling laws
cs.LO formal verification; theorem proving; model checking; proof assistants
cs.MA multi-agent; swarms
cs.MM multimedia
cs.NE evolutionary algorithms; genetic algorithms; spiking neural networks; neuromorphic
cs.NI wireless networks; routing; 5G; 6G; internet of things; IoT
cs.OS operating systems; kernels; file systems
cs.PL compilers; programming languages; type systems; program synthesis
cs.RO robots; robotics; manipulation; grasping; drones; SLAM; humanoids; locomotion; autonomous driving; \
motion planning; imitation learning; embodied; self-driving
cs.SD music; sound; audio generation
cs.SE software; code generation; testing; program repair; debugging; code review; bugs; developers
cs.SI social networks; misinformation; influence; online communities
eess.AS speech; text-to-speech; speaker recognition; speech enhancement
eess.IV medical imaging; MRI; CT; image reconstruction; image compression
eess.SP signal processing; radar; beamforming; EEG
eess.SY control systems; power grids; model predictive control
econ.EM econometrics; causal inference
gr-qc gravitational waves; general relativity; gravity
hep-ex LHC; collider; Higgs boson; neutrino experiments
hep-ph beyond the standard model; particle phenomenology; QCD
hep-th string theory; quantum gravity; holography
math.AG algebraic geometry; schemes
math.AP partial differential equations; PDEs
math.CO combinatorics; graph theory
math.NA numerical methods; finite elements
math.NT primes; number theory; modular forms
math.OC convex optimization; optimal control; mathematical programming
math.PR stochastic processes; random walks; probability
physics.ao-ph climate; weather; oceans; atmosphere
physics.bio-ph biophysics
physics.chem-ph density functional theory; molecular dynamics
physics.comp-ph computational physics
physics.flu-dyn turbulence; fluids
physics.geo-ph earthquakes; seismology
physics.med-ph radiotherapy; medical physics
physics.optics lasers; photonics; optics
physics.plasm-ph plasma; fusion; tokamak
q-bio.BM proteins; protein folding; protein structure; drug discovery; RNA
q-bio.GN genomes; sequencing; gene expression; single-cell
q-bio.NC brain; neurons; neuroscience; cortex; cognition
q-bio.PE epidemics; evolution; ecology
q-fin.PM portfolio; asset allocation
q-fin.TR trading; order books
quant-ph quantum computing; qubits; quantum algorithms; entanglement; quantum error correction
stat.AP applied statistics
stat.ME causal inference; clinical trials; statistical methods; survival analysis
stat.ML bayesian; kernel methods; gaussian processes; statistical learning; variational inference
biorxiv:neuroscience hippocampus; synapses; mouse brain
biorxiv:genomics CRISPR screens
biorxiv:microbiology bacteria; microbiome; antibiotics
biorxiv:immunology T cells; antibodies; vaccines
biorxiv:cancer biology tumours; tumors; cancer
biorxiv:ecology biodiversity; ecosystems; habitats
biorxiv:plant biology plants; crops; photosynthesis
medrxiv:epidemiology epidemiology; COVID-19; outbreaks
medrxiv:oncology chemotherapy; cancer patients
medrxiv:cardiovascular medicine heart failure; hypertension; stroke
medrxiv:psychiatry and clinical psychology depression; schizophrenia
"""


def _subjects() -> Mapping[str, tuple[str, ...]]:
    subjects: dict[str, tuple[str, ...]] = {}
    names = sorted({**NAMES, **SUBJECT_AREAS}, key=len, reverse=True)
    for line in _SUBJECTS.strip().splitlines():
        category = next(name for name in names if line.startswith(f"{name} "))
        subjects[category] = tuple(line.removeprefix(f"{category} ").split("; "))
    return MappingProxyType(subjects)


#: category -> what its papers are about, each a word or a few, the plainest form
SUBJECTS: Final = _subjects()
