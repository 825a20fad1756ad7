"""Invented posts as the composer makes them: a digest with its thread, and one paper."""

from __future__ import annotations

from core.papers.identifiers import PaperId
from core.posts.tree import Action, Facts, Heading, Note, Paragraph, Post, Quote, Spans, italic, link, text

FIRST, SECOND, THIRD = (PaperId("arxiv", f"2602.{number:05d}") for number in (1, 2, 3))


def a_digest() -> Post:
    """Three papers with gists, reasons and a thread; the longest title takes several lines of eighty cells."""
    return Post(
        blocks=(
            Heading(spans=(text("Papers for Wednesday, 4 February 2026"),)),
            Note(spans=(text("157 papers new in cs.CL, cs.LG, cs.AI → 43 kept by the rule → 3 chosen"),)),
            *_entry(
                1,
                "Borrowed Attention: Sharing Keys Across Layers Without Retraining Long-Context Language Models",
                FIRST,
                "Ines Okafor, Tomasz Brandt, Li Wen et al. (7) · cs.CL cs.LG",
                "Keys of neighbouring layers are so alike that one set serves four layers; a 13B model keeps 99.1 % of"
                " its accuracy with a quarter of the cache.",
                "Chosen: matches “long context” in the title; 2 of your categories; new today",
            ),
            *_entry(
                2,
                "A Small Garden of Proofs",
                SECOND,
                "Maren Holt · cs.AI cs.LO",
                "A proof assistant that plants lemmas before it needs them solves 11 % more of a held-out set.",
                "Chosen: close to your interest “theorem proving”; new today",
            ),
            *_entry(
                3,
                "多语言模型如何遗忘：低资源语言的持续学习研究 (How Multilingual Models Forget)",
                THIRD,
                "王晓梅, Aline Duarte · cs.CL",
                "我们发现，模型最先忘记的是形态变化最丰富的语言；在训练中重放百分之二的旧数据即可避免大部分损失。",
                "Chosen: listed first in cs.CL; new today",
            ),
            Note(spans=(text("Sources: arXiv cs.CL 81 listed 4 Feb, cs.LG 52 listed 4 Feb, cs.AI 24 listed 4 Feb"),)),
        ),
        replies=(a_paper_card(), _second_card(), _third_card()),
        papers=(FIRST, SECOND, THIRD),
        fallback="Papers for Wednesday, 4 February 2026: 3 papers",
    )


def a_paper_card() -> Post:
    """One paper with its sections and abstract, as in a digest's thread or after `/paper`."""
    title = "Borrowed Attention: Sharing Keys Across Layers Without Retraining Long-Context Language Models"
    return Post(
        blocks=(
            Heading(level=2, spans=(link(title, "https://arxiv.org/abs/2602.00001", bold=True),)),
            Note(
                spans=(
                    text(
                        "Ines Okafor, Tomasz Brandt, Li Wen, Sade Adeyemi, Jon Rask, Priya Nair, Ola Berg ·"
                        " cs.CL cs.LG · 4 Feb 2026 · arxiv:2602.00001"
                    ),
                )
            ),
            Paragraph(
                spans=(
                    text(
                        "Keys of neighbouring layers are so alike that one set serves four layers; a 13B model keeps"
                        " 99.1 % of its accuracy with a quarter of the cache."
                    ),
                )
            ),
            Facts(
                rows=(
                    _part(
                        "Motivation",
                        "The cache of keys and values, not the weights, limits how long a context can be served.",
                    ),
                    _part(
                        "Method",
                        "We measure how alike the keys of two layers are, group layers, and let a group share the keys"
                        " of its first layer, with one small rotation per head fitted in closed form.",
                    ),
                    _part(
                        "Result",
                        "On six long-context benchmarks the shared model loses 0.9 points at most and serves"
                        " 3.7 times as many readers.",
                    ),
                    _part("Conclusion", "Layers can borrow what they attend with; nothing has to be trained again."),
                )
            ),
            Quote(
                spans=(
                    text(
                        "Serving language models with long contexts is limited by the cache of keys and values. We show"
                        " that keys of neighbouring layers are nearly rotations of one another, and that a group of"
                        " layers can share one set of keys with a rotation per head that is fitted in closed form on a"
                        " few hundred documents. Borrowed Attention needs no training, cuts the cache to a quarter and"
                        " keeps 99.1 % of the accuracy of a 13B model on six benchmarks."
                    ),
                )
            ),
            Note(
                spans=(
                    text("Summary: sentences of the abstract, no model used · "),
                    link("PDF", "https://arxiv.org/pdf/2602.00001"),
                )
            ),
        ),
        actions=(Action(name="bookmark", label="🔖 Bookmark", arguments=str(FIRST)),),
        papers=(FIRST,),
        fallback="Borrowed Attention",
    )


def _second_card() -> Post:
    return Post(
        blocks=(
            Heading(level=2, spans=(link("A Small Garden of Proofs", "https://arxiv.org/abs/2602.00002", bold=True),)),
            Note(spans=(text("Maren Holt · cs.AI cs.LO · 4 Feb 2026 · arxiv:2602.00002"),)),
            Paragraph(
                spans=(
                    text(
                        "A proof assistant that plants lemmas before it needs them solves 11 % more of a held-out set."
                    ),
                )
            ),
            Facts(
                rows=(
                    _part(
                        "Method",
                        "Between two goals, idle time goes into lemmas about the terms that the last proofs shared.",
                    ),
                )
            ),
            Quote(spans=(text("Proof search waits for a goal. We ask what it could do while nobody is asking."),)),
        ),
        actions=(Action(name="bookmark", label="🔖 Bookmark", arguments=str(SECOND)),),
        papers=(SECOND,),
        fallback="A Small Garden of Proofs",
    )


def _third_card() -> Post:
    title = "多语言模型如何遗忘：低资源语言的持续学习研究 (How Multilingual Models Forget)"
    return Post(
        blocks=(
            Heading(level=2, spans=(link(title, "https://arxiv.org/abs/2602.00003", bold=True),)),
            Note(spans=(text("王晓梅, Aline Duarte · cs.CL · 4 Feb 2026 · v2 · arxiv:2602.00003"),)),
            Facts(
                rows=(
                    _part("动机", "持续训练会让 multilingual 模型丢失低资源语言的能力，但丢失的顺序和原因一直不清楚。"),
                    _part("方法", "我们在 24 种语言上跟踪每一层的表示，并用 probing classifier 衡量形态信息何时消失。"),
                    _part("结果", "重放 2% 的旧数据可以保留 93% 的能力。"),
                )
            ),
            Quote(
                spans=(
                    text(
                        "Multilingual models that go on learning forget some languages before others. 我们发现，最先"
                        "被遗忘的是形态变化最丰富的语言，而不是数据最少的语言。"
                    ),
                )
            ),
        ),
        actions=(Action(name="bookmark", label="🔖 Bookmark", arguments=str(THIRD)),),
        papers=(THIRD,),
        fallback="How Multilingual Models Forget",
    )


def _entry(
    number: int, title: str, paper: PaperId, authors: str, gist: str, why: str
) -> tuple[Paragraph, Note, Paragraph, Note]:
    return (
        Paragraph(spans=(text(f"{number}. "), link(title, f"https://arxiv.org/abs/{paper.value}", bold=True))),
        Note(indented=True, spans=(text(authors),)),
        Paragraph(indented=True, spans=(text(gist),)),
        Note(indented=True, spans=(italic(why),)),
    )


def _part(name: str, told: str) -> tuple[str, Spans]:
    return (name, (text(told),))
