"""What single words of authors' names are: surnames that are often written first, groups, suffixes, degrees.

`names` compares people by them and `matching` finds an author's surname with them.
"""

from __future__ import annotations

from typing import Final

from core.text.words import fold

_EAST_ASIAN_WORDS: Final = (
    "an bae cai cao chang chen cheng cho choi chu cui deng ding dong du fan fang feng fu gao gu guo han hao he hong"
    " hou hu huang hwang im jang jeong ji jia jiang jin jung kang kim kong ku kwon lai lee lei li liang liao lim lin"
    " liu lu luo lv ma mao meng ngo nguyen ni oh pan park peng pham qi qian qin qiu ren seo shao shen shi shin sim"
    " son song su sun tan tang tao tian tran tsai wan wang wei wen wong wu xia xiao xie xiong xu xue yan yang yao ye"
    " yi yin yoon you yu yuan yun zeng zhang zhao zheng zhong zhou zhu zou"
)
#: surnames that are so short, or so often written first, that their place in a name does not tell
EAST_ASIAN: Final = frozenset(_EAST_ASIAN_WORDS.split())
_RARER_WORDS: Final = (
    "ahn ai au bai ban bang bao bi bian bu bui byun cha chai chan chao che chiu cha chau chou chow chun dai dang dao"
    " dinh do duan duong e fei fung gan ge geng gong guan gui hang heo ho hoang hsu hua huo huynh hur jian jiao jing"
    " joo ju kuo kwak lam lan lang lau le leng leung lian ling lo long lou luu ly lyu mai mei mi miao min mo moon mou"
    " mu na nam nie ning niu noh ou paik pang pei phan ping pu qiao qu quan rao rong ruan ryu sang sha shan shang she"
    " sheng shu shuai si sui sung tai teng ting tong truong tu vo vu vuong wan weng woo xi xiang xin xing xuan yeh yin"
    " ying yong yoo yue zang zhai zhan zhen zhi zhuang zi zong zu zuo"
)
#: those, and rarer ones: of two such words nobody can tell which is the surname
MAY_BE_EITHER: Final = EAST_ASIAN | frozenset(_RARER_WORDS.split())
_IBERIAN_WORDS: Final = (
    "aguilar almeida alonso alvarez alves araujo barbosa blanco cabrera campos cano carvalho castillo castro correia"
    " cortes costa cruz cunha delgado diaz dominguez fernandes fernandez ferreira flores garcia garrido gil gimenez"
    " gomes gomez goncalves gonzales gonzalez guerrero gutierrez guzman hernandez herrera ibanez iglesias jimenez"
    " lopes lopez lozano machado marin marques marquez martin martinez martins medina mendes mendez mendoza molina"
    " monteiro morales moreno moreira munoz navarro nunes nunez oliveira ortega ortiz pena peralta pereira perez pinto"
    " prieto ramirez ramos reyes ribeiro rios rivera rocha rodrigues rodriguez rojas romero rubio ruiz salazar sanchez"
    " santana santos sanz serrano silva soares sousa souza suarez teixeira torres vargas vasquez vazquez vega velasco"
    " vieira"
)
#: surnames of those who have two, and leave the second out
IBERIAN: Final = frozenset(_IBERIAN_WORDS.split())
#: what a group calls itself says nothing; its name stands before: `ATLAS Collaboration`
GROUPS: Final = frozenset(
    {"collaboration", "collaborations", "collaborators", "consortium", "group", "investigators", "network", "team"}
)
#: what tells a child from a parent of the same name
GENERATIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})
#: titles and degrees
DEGREES: Final = frozenset({"md", "phd", "dphil", "msc", "bsc", "dr", "prof", "professor"})
_PARTICLE_WORDS: Final = (
    "af al av ben bin bint da das de dei del della dem den der di do dos du e el ibn la le san st ten ter van vom von y"
    " zu zum zur"
)
#: small words that belong to the surname behind them
PARTICLES: Final = frozenset(_PARTICLE_WORDS.split())
#: letters of a word in capitals that is a surname; a shorter one can be initials, and so can one without a vowel
_LEAST_CAPITALS: Final = 4
_VOWELS: Final = frozenset("aeiouy")


def is_surname_in_capitals(word: str) -> bool:
    """`EXAMPLE` in `EXAMPLE Ann`, whoever it is, but not `AKM` or `HMNS`."""
    return word.isupper() and len(word) >= _LEAST_CAPITALS and not _VOWELS.isdisjoint(fold(word)[1:])
