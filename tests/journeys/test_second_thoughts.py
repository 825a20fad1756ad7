"""Slips of a first hour at the prompt: nothing that a channel had is lost, and each answer leads back."""

from __future__ import annotations

from tests.journeys.paperboy import Paperboy, Ran

_FEED = """<rss version="2.0"><channel><title>Lanterns</title>
<item><title>Attention to lanterns in fog</title><link>https://example.org/1</link><description>It counts lanterns.
</description></item>
<item><title>Attention to flutes in cold rooms</title><link>https://example.org/2</link><description>It counts flutes.
</description></item></channel></rss>
"""


def typed(paperboy: Paperboy, *lines: str) -> str:
    """What a terminal prints while somebody types these lines."""
    ran = paperboy("run", "--terminal", stdin="\n".join(lines))
    assert ran.code == 0, ran.err
    return " ".join(ran.out.split())


def settings(paperboy: Paperboy) -> dict[str, object]:
    (found,) = paperboy("channels", "list", "--json").json["subscriptions"]
    return {name: found[name] for name in ("categories", "rule", "interest", "size")}


def test_what_was_subscribed_comes_back(paperboy: Paperboy) -> None:
    """A category in words, another rule, and an ended digest: people are asked, told what was, and have it again."""
    (paperboy.home / "lanterns.xml").write_text(_FEED)
    assert paperboy("ingest", "--file", "lanterns.xml", "--format", "feed").code == 0
    paperboy("channels", "add", "terminal:main", "--category", "cs.LG", "--rule", "lantern AND fog", "--size", "7")
    before = settings(paperboy)
    told = typed(paperboy, "/subscribe robotics", "/settings rule", "/unsubscribe author:Bob", "/unsubscribe")
    assert "Did you mean cs.RO (Robotics)?" in told and "Subscribe to cs.RO: /subscribe cs.RO" in told
    assert "Nobody is followed here" in told and "End the digest: /unsubscribe yes" in told
    assert settings(paperboy) == before
    told = typed(paperboy, "/subscribe flutes", "/settings save")
    assert "rule: lantern AND fog → flutes" in told and "Undo: /settings undo 1" in told
    assert settings(paperboy)["rule"] == "flutes"
    told = typed(paperboy, "/settings undo", "/unsubscribe yes", "/subscribe")
    assert "It can be started again as it was" in told and "Start it again: /subscribe again" in told
    assert paperboy("channels", "list", "--json").json["subscriptions"] == []


def test_numbers_and_titles(paperboy: Paperboy) -> None:
    """Numbers mean the list that was shown last, several papers are offered, and each answer names its paper."""
    (paperboy.home / "lanterns.xml").write_text(_FEED)
    assert paperboy("ingest", "--file", "lanterns.xml", "--format", "feed").code == 0
    told = typed(paperboy, "/paper attention", "/search flutes", "+🔖 1", "+🔖 2", "-🔖 1", "-🔖 1")
    assert "Several papers have the words “attention”." in told
    assert "On your reading list: “Attention to flutes in cold rooms”" in told
    assert "There is no paper [2] here." in told
    assert "Nothing was changed, for it is not on your reading list: “Attention to flutes in cold rooms”" in told
    told = typed(paperboy, "/search flutes author:", "/search flutes page:2", "/search feed:zoo", "/foo")
    assert "The filter author: is empty." in told and "There is no filter page:." in told
    assert "There is no feed 'zoo'." in told
    assert "There is no command 'foo'. Type /help for the commands there are." in told


def says(ran: Ran, *words: str) -> None:
    assert all(word in " ".join((ran.out + ran.err).split()) for word in words), ran


def test_the_command_line_leads_back(paperboy: Paperboy) -> None:
    """A change names what was, with the command that restores it; a restored database names the one it set aside."""
    for rule in ("fog", "flutes"):
        ran = paperboy("channels", "add", "terminal:main", "--category", "cs.LG", "--rule", rule)
    says(ran, "rule: fog → flutes", "back: paperboy channels set terminal:main rule fog")
    assert paperboy("db", "backup", "copy.db").code == 0
    says(paperboy("db", "restore", "copy.db"), "Restored from copy.db.", "paperboy.db.before-restore now.")
    refused = paperboy("db", "backup", "nowhere/copy.db")
    says(refused, "The backup nowhere/copy.db cannot be opened.")
    assert refused.code == 1 and "database_url" not in refused.err


def test_bare_commands_show_their_help(paperboy: Paperboy) -> None:
    """`paperboy` alone, and a group of commands alone, show their help and nothing else; --version is one line."""
    for arguments in ((), ("channels",), ("db",)):
        ran = paperboy(*arguments)
        assert (ran.code, ran.err) == (0, "")
        assert "Usage: paperboy" in ran.out
    version = paperboy("--version")
    assert version.code == 0 and version.out.startswith("paperboy ") and version.out.count("\n") == 1


def test_doctor_looks_at_tokens_before_it_asks(paperboy: Paperboy) -> None:
    """A token that cannot be one is told by its shape, and its platform is not asked; nobody repeats the token."""
    wrong = {"SLACK__BOT_TOKEN": "xapp-12345", "DISCORD__TOKEN": '"a.b.12345"', "TELEGRAM__TOKEN": "12345"}
    ran = paperboy("doctor", "--json", **{f"PAPERBOY_{name}": token for name, token in wrong.items()})
    checks = {check["name"]: check["detail"] for check in ran.json["checks"] if not check["ok"]}
    assert "begins with xoxb-" in checks["slack"]
    assert "three parts" in checks["discord"] and "quotes around it" in checks["discord"]
    assert "digits, a colon" in checks["telegram"]
    assert "12345" not in ran.out + ran.err
