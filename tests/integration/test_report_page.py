"""The report's page in a real browser: a person reads rows by mouse, keyboard and screen reader, wide and narrow, light and dark; nothing in a row runs."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import load_gates
from pipelines.report_data import read
from pipelines.report_page import page
from tests.unit.pipelines.test_audit_page import HOSTILE
from tests.unit.pipelines.test_gate import made
from tests.unit.steps.filters.test_filters import ROWS

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (make dev)")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.integration, pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine (apt-get install chromium)")]
NASTY = HOSTILE + "\x00 javascript:alert(3)"
LOOKS = [(width, look) for width in (1280, 390) for look in ("light", "dark")]


def acted(name: str, request: str) -> dict[str, Any]:
    """A row with two calls: one that worked, one that failed; its arguments have parts of their own."""
    call = [
        {"id": "c1", "type": "function", "function": {"name": "edit_file", "arguments": json.dumps({"path": "a.py", "edits": [{"old": "x", "new": NASTY}], "dry": False})}},
        {"id": "c2", "type": "function", "function": {"name": "git_log", "arguments": "{}"}},
    ]
    messages = [
        {"role": "system", "content": "You are a coding assistant."},
        {"role": "user", "content": request},
        {"role": "assistant", "content": None, "tool_calls": call},
        {"role": "tool", "content": NASTY, "tool_call_id": "c1"},
        {"role": "tool", "content": "no such repository", "tool_call_id": "c2"},
        {"role": "assistant", "content": "Done:\n```python\nprint('<b>')\n```\nThat is all."},
    ]
    calls = [
        {"id": "c1", "tool": "edit_file", "server": "filesystem", "by": "server", "error": False},
        {"id": "c2", "tool": "git_log", "server": "git", "by": "fault", "error": True},
    ]
    verdicts = [{"criterion": "of_use", "score": 1, "floor": 2, "by": "judge", "why": NASTY, "evidence": ""}, {"criterion": "whole", "score": None, "floor": 2, "by": "nobody"}]
    passport = {"units": [{"id": "rule:hive/git.md#1", "source": "hive/git.md:14"}], "teachers": {"writer": "nobody"}, "script": {"values": {"place": name}}}
    columns = {"unit": "rule:hive/git.md#1", "category": "rule", "behaviour": "applies", "family": name, "theme": name}
    told = {"calls": json.dumps(calls), "verdicts": json.dumps(verdicts), "passport": json.dumps(passport), "checks": ["right_tool"]}
    return ROWS[0] | columns | told | {"id": name, "messages": messages}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it, against another run."""
    folder = tmp_path_factory.mktemp("report")
    plain = [row | {"unit": "rule:hive/files.md#2", "asker": f"a{number % 12}"} for number, row in enumerate(ROWS)]
    rows = [acted("acted", "please mend it"), *plain[:120], plain[3] | {"id": "again"}]
    rejected = [
        {
            "id": "lost",
            "split": "train",
            "reject_reason": "verify: grounding: seven stands nowhere",
            "messages": ROWS[200]["messages"],
            "unit": "u",
            "complexity": "simple",
            "error_case": "none",
        },
        {"id": NASTY, "split": "test", "reject_reason": f"ask: empty: {NASTY}", "requests": [NASTY], "unit": NASTY},
    ]
    run, other = read(made(folder / "new", rows, rejected), load_gates(None)), read(made(folder / "old", plain[5:125]), load_gates(None))
    known = run.kept.column("id").to_pylist()
    assert run.measures
    clusters = [{"cluster": number, "words": ["harbour", NASTY][: number + 1], "rows": len(known) // 2} for number in range(2)]
    full = replace(
        run,
        map=[{"id": name, "x": float(at % 7), "y": float(at % 5), "cluster": at % 2} for at, name in enumerate(known)],
        measures=run.measures | {"clusters": clusters},
        texts={"rule:hive/git.md#1": "Never stage a generated file."},
    )
    place = folder / "report.html"
    place.write_text(page(full, other), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def shown(browser: Any, file: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page, open; whatever it complains of, or tries to load or to run, fails the test."""
    width, look = getattr(request, "param", (1280, "light"))
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=look)
    view, heard = context.new_page(), []
    view.on("console", lambda message: heard.append(message.text))
    view.on("pageerror", lambda error: heard.append(str(error)))
    view.on("dialog", lambda dialog: (heard.append(f"dialog {dialog.message}"), dialog.dismiss()))
    view.on("request", lambda asked: heard.append(asked.url) if asked.url.partition("#")[0] != file.as_uri() else None)
    view.goto(file.as_uri())
    view.wait_for_selector("html[data-ready]")
    yield view
    context.close()
    assert heard == []


def violations(view: Any) -> list[tuple[str, list[str]]]:
    return [(one["id"], [node["html"][:140] for node in one["nodes"][:3]]) for one in axe.Axe().run(view).response["violations"]]


def focus(view: Any) -> str:
    return str(view.evaluate("document.activeElement.id || document.activeElement.textContent.slice(0, 40)"))


@pytest.mark.parametrize("shown", LOOKS, indirect=True, ids=lambda look: f"{look[0]}-{look[1]}")
def test_axe_finds_nothing_and_the_page_is_as_wide_as_the_screen(shown: Any) -> None:
    shown.locator("#more-filters summary").click()
    for fold in shown.locator("#heat .fold").all():
        fold.click()
    assert violations(shown) == []
    shown.locator("#tab-rejected").click()
    assert violations(shown) == []
    shown.evaluate("location.hash = 'row=acted'")
    shown.wait_for_selector(".call")
    for summary in shown.locator("#reader summary").all():
        summary.click()
    assert violations(shown) == []
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_conversation_is_read_without_knowing_json(shown: Any) -> None:
    shown.locator("#items a", has_text="please mend it").click()
    playwright.expect(shown.locator(".call")).to_have_count(2)
    call, failed = shown.locator(".call").all()
    assert call.locator("summary").first.inner_text() == "Calls edit_file path: a.py, edits: 1 part, dry: false"
    assert failed.locator("summary").first.inner_text().endswith("✕ failed") and not call.locator("table").first.is_visible()
    call.locator("summary").first.click()
    cells = [" ".join(line.inner_text().split("\n")[0].split()) for line in call.locator("table").first.locator("> tbody > tr").all()]
    assert cells[0] == "path a.py" and cells[2] == "dry false"
    assert "Result from filesystem (answered by the server)" in call.inner_text() and "alert(1)" in call.locator("> pre").inner_text()
    talk, passport = shown.locator(".talk").inner_text(), shown.locator(".passport").inner_text()
    assert "What the assistant is told" in talk and "Done:" in talk and shown.locator(".said pre").inner_text() == "print('<b>')"
    assert "hive/git.md:14" in passport and "Never stage a generated file." in passport and "✕ 1, must be at least 2 (judge)" in passport and "not scored (at least 2)" in passport


def test_rows_are_filtered_searched_and_paged(shown: Any) -> None:
    found = shown.locator("#found")
    assert found.inner_text() == "122 rows" and shown.locator("#where").inner_text() == "page 1 of 3"
    shown.locator("#next").click()
    assert shown.locator("#items li").count() == 50 and shown.locator("#where").inner_text() == "page 2 of 3"
    shown.locator("#words").fill("mend PLEASE")
    playwright.expect(found).to_have_text("1 of 122 rows")
    shown.locator("#words").fill("no such repository")
    playwright.expect(found).to_have_text("0 of 122 rows")
    shown.locator("#deep").check()
    playwright.expect(found).to_have_text("1 of 122 rows")
    shown.locator("#clear").click()
    playwright.expect(found).to_have_text("122 rows")
    shown.locator("select[data-name=split]").select_option(label="test (12)")
    playwright.expect(found).to_have_text("12 of 122 rows")


def test_figures_open_their_rows(shown: Any) -> None:
    found = shown.locator("#found")
    shown.locator("#funnel button", has_text="grounding").click()
    playwright.expect(found).to_have_text("1 of 2 rows")
    assert shown.locator("#tab-rejected").get_attribute("aria-selected") == "true" and "✕ verify: grounding" in shown.locator("#items").inner_text()
    shown.locator("#heat .fold", has_text="git.md").locator("xpath=ancestor::tr").locator("td button").click()
    playwright.expect(found).to_have_text("1 of 122 rows")
    shown.locator("#groups button").first.click()
    playwright.expect(found).to_have_text("61 of 122 rows")
    shown.locator("#change button", has_text="new in this run").click()
    playwright.expect(found).to_have_text("7 of 122 rows")
    shown.locator("#change button", has_text="only in the other run").click()
    playwright.expect(found).to_have_text("5 rows")
    shown.locator("#gates a", has_text="again").first.click()
    shown.wait_for_selector(".alarm")
    assert "⚑ duplicates" in shown.locator(".alarm").first.inner_text() and shown.url.endswith("#row=again")
    shown.locator(".alarm a").first.click()
    playwright.expect(shown.locator("#row-title")).to_contain_text("Row r3, kept")
    box = shown.locator("#map").bounding_box()
    shown.locator("#map").hover(position={"x": 16, "y": box["height"] - 16})
    assert shown.locator("#about").inner_text().startswith("cluster ")


def test_a_row_has_a_link_of_its_own(shown: Any, browser: Any, file: Path) -> None:
    view = browser.new_page()
    view.goto(f"{file.as_uri()}#row=lost")
    view.wait_for_selector("#row-title")
    assert view.locator("#row-title").inner_text() == "Row lost, rejected" and "✕ Rejected: verify: grounding: seven stands nowhere" in view.locator(".alarm").inner_text()
    view.goto(f"{file.as_uri()}#row=nobody")
    playwright.expect(view.locator("#reader")).to_contain_text("There is no row nobody in this run.")
    view.goto(f"{file.as_uri()}#row=%E0%A4%A")
    playwright.expect(view.locator("#list")).to_be_visible()
    view.close()


def test_a_keyboard_is_enough(shown: Any) -> None:
    shown.locator("#tab-kept").focus()
    shown.keyboard.press("ArrowRight")
    assert focus(shown) == "tab-rejected" and shown.locator("#items li").count() == 2
    shown.keyboard.press("End")
    assert focus(shown) == "tab-gone"
    shown.keyboard.press("Home")
    shown.keyboard.press("Tab")
    assert focus(shown) == "words"
    shown.keyboard.type("mend")
    playwright.expect(shown.locator("#found")).to_have_text("1 of 122 rows")
    shown.locator("#items a").focus()
    shown.keyboard.press("Enter")
    shown.wait_for_selector(".call")
    assert focus(shown) == "row-title"
    shown.locator(".call > summary").first.focus()
    shown.keyboard.press("Enter")
    playwright.expect(shown.locator(".call table").first).to_be_visible()
    shown.keyboard.press("Escape")
    playwright.expect(shown.locator("#list")).to_be_visible()
    assert focus(shown) == "item-0"
    shown.locator("#clear").click()
    shown.locator("#item-1").focus()
    shown.keyboard.press("Enter")
    playwright.expect(shown.locator("#row-title")).to_contain_text("Row r0")
    shown.locator("#after").focus()
    shown.keyboard.press("Enter")
    playwright.expect(shown.locator("#row-title")).to_contain_text("Row r1")
    assert focus(shown) == "after"


def test_nothing_that_a_row_says_runs(shown: Any) -> None:
    for tab in ("kept", "rejected", "gone"):
        shown.locator(f"#tab-{tab}").click()
    for at in (0, 123):
        shown.evaluate(f"location.hash = link({at})")
        shown.wait_for_selector(".reader")
        for summary in shown.locator("#reader summary").all():
            summary.click()
    shown.wait_for_timeout(200)
    assert shown.locator("#reader").inner_text().count("alert(1)") and shown.locator("#reader img, #reader script, main img").count() == 0
    assert shown.evaluate("[...document.links].every((one) => one.getAttribute('href').startsWith('#'))")
    assert shown.evaluate("document.querySelectorAll('style').length") == 1


@pytest.mark.parametrize(("rows", "rejected", "told"), [([], [], "No row was kept."), (ROWS[:1], [], "1 row"), ([], [{"id": "x", "reject_reason": "ask: empty"}], "1 row")])
def test_small_runs_open(rows: list[Any], rejected: list[Any], told: str, browser: Any, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page(read(made(tmp_path / "run", rows, rejected), load_gates(None))), encoding="utf-8")
    view = browser.new_page()
    view.goto((tmp_path / "page.html").as_uri())
    view.wait_for_selector("html[data-ready]")
    assert view.locator("#found").inner_text() == told and violations(view) == []
    view.close()
