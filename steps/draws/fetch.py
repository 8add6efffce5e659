"""Values drawn from the project's web pages."""

import math
import random
import re
from typing import Any

from knowledge.theme import Page
from steps.worlds.world import Exhausted, Value, World, draw, pick

IDLE = frozenset(
    "a an the of in on at to for from by with and or is are was were be do does did how what which when where who whom why many "
    "much long large far may can could should must i we our my it its this that these those there their they his her he she after "
    "before during every each have has had one you your not as than if only".split()
)


def stem(word: str) -> str:
    """The part of a word that its forms share."""
    word = word.lower()
    return word[:5] if len(word) > 5 else word.rstrip("s") if len(word) > 3 else word


def stems(text: str) -> set[str]:
    """What a text is about."""
    return {stem(word) for word in re.findall(r"[\w-]+", text) if word.lower() not in IDLE}


def answering(page: Page, question: str) -> int | None:
    """The index of the paragraph that answers a question: the one that clearly shares most with it, if there is one."""
    asked, texts = stems(question), [stems(text) for text in page.paragraphs]
    weight = {word: math.log(1 + len(texts) / max(1, sum(word in text for text in texts))) for word in asked}
    scores = [sum(weight[word] for word in asked & text) for text in texts]
    best = max(range(len(scores)), key=scores.__getitem__)
    second = max(score for index, score in enumerate(scores) if index != best)
    return best if scores[best] >= 2.5 and scores[best] - second >= 1.75 else None


def lengths(page: Page) -> tuple[int, int]:
    """How many characters the page has when it is simplified: without its title, and with it (twice, as text and as heading)."""
    bare = len("\n\n".join(page.paragraphs))
    return bare, bare + 2 * len(page.title) + 6


def hidden(world: World, address: str, said: str) -> bool:
    """Whether an address cannot be guessed from what is said and from the project's name: a word of it, at least, is in neither."""
    known = {word.removesuffix("s") for word in re.findall(r"[^\W_]+", f"{said} {world.theme.name} https example".lower())}
    return any(word.removesuffix("s") not in known for word in re.findall(r"[^\W_]+", address.lower()))


def facts(world: World, page: Page) -> dict[str, Any]:
    """What templates may say about a page."""
    host = world.site.removeprefix("https://")
    return {
        "url": world.site + page.path,
        "short": host + page.path,
        "host": host,
        "front": f"{world.site}/",
        "path": page.path,
        "slug": page.path.rsplit("/", 1)[-1],
        "title": page.title,
        "paragraphs": len(page.paragraphs),
    }


def forms(address: str) -> tuple[str, ...]:
    """How people write an address."""
    return (address, address, address.removeprefix("https://"))


def located(world: World, page: Page, **more: Any) -> Value:
    """A page as a drawn value: its address."""
    address = world.site + page.path
    return Value(address, forms(address), facts(world, page) | more)


def questions(world: World) -> list[tuple[Page, str, int]]:
    """Every question that one paragraph of a page clearly answers."""
    asked = ((page, question, answering(page, question)) for page in world.theme.pages for question in page.questions)
    return [(page, question, index) for page, question, index in asked if index is not None]


@draw
def page(world: World, rng: random.Random) -> Value:
    """A page of the project's site."""
    return located(world, pick(rng, world.theme.pages, "pages"))


@draw
def page_question(world: World, rng: random.Random) -> Value:
    """A page and a question that it answers. Facts: those of the page, question, index of the paragraph with the answer."""
    found, question, index = pick(rng, questions(world), "questions that a page answers")
    return located(world, found, question=question, index=index)


@draw
def two_questions(world: World, rng: random.Random) -> Value:
    """A page and two questions that it answers. Facts: those of `page_question`, other, other_index."""
    asked = questions(world)
    pairs = [(a, b) for a in asked for b in asked if a[0] == b[0] and a[1] != b[1]]
    one, two = pick(rng, pairs, "pages that answer two questions")
    return located(world, one[0], question=one[1], index=one[2], other=two[1], other_index=two[2])


@draw
def site_front(world: World, rng: random.Random) -> Value:
    """The front page of the site, which lists the others."""
    host = world.site.removeprefix("https://")
    return Value(f"{world.site}/", (f"{world.site}/", world.site, host), {"host": host, "titles": [page.title for page in world.theme.pages]})


@draw
def listed_page(world: World, rng: random.Random) -> Value:
    """A page that is known by its title only. Facts: those of the page, position on the front page (from 0), nth."""
    at = pick(rng, [at for at, page in enumerate(world.theme.pages) if hidden(world, page.path, "")], "pages whose address cannot be guessed")
    nth = ("first", "second", "third", "fourth", "fifth")[at] if at < 5 else "last"
    return located(world, world.theme.pages[at], position=at, nth=nth)


@draw
def listed_question(world: World, rng: random.Random) -> Value:
    """A question to a page that is known by its title only. Facts: those of `page_question` and `listed_page`."""
    asked = [(page, question, index) for page, question, index in questions(world) if hidden(world, page.path, f"{page.title} {question}")]
    found, question, index = pick(rng, asked, "questions to a page whose address cannot be guessed")
    return located(world, found, question=question, index=index, position=world.theme.pages.index(found))


@draw
def cut_page(world: World, rng: random.Random) -> Value:
    """A page and a number of characters that it is longer than. Facts: those of the page, length."""
    sizes = {"train": (150, 250, 300, 400), "validation": (200, 350), "test": (180, 320)}[world.split]
    pairs = [(page, length) for page in world.theme.pages for length in sizes if lengths(page)[0] > length + 80]
    found, length = pick(rng, pairs, "pages to read in parts")
    return located(world, found, length=length)


@draw
def stepped_page(world: World, rng: random.Random) -> Value:
    """A page that is read in exactly three parts of so many characters. Facts: those of the page, length."""
    sizes = {"train": (200, 250, 300), "validation": (220, 280, 350), "test": (180, 240, 320)}[world.split]
    pairs = [(page, length) for page in world.theme.pages for length in sizes if 2 * length + 30 < lengths(page)[0] and lengths(page)[1] < 3 * length - 30]
    found, length = pick(rng, pairs, "pages of three parts")
    return located(world, found, length=length)


@draw
def missing_page(world: World, rng: random.Random) -> Value:
    """An address on the site at which there is no page. Facts: host, front, slug, topic."""
    slugs = {
        "train": ("opening-hours", "price-list", "how-to-reach-us", "release-notes", "team", "downloads"),
        "validation": ("newsletter", "house-rules", "press-kit"),
        "test": ("contact", "imprint", "archive-2019"),
    }[world.split]
    slug = pick(rng, slugs, "pages that do not exist")
    folder = pick(rng, world.theme.pages, "pages").path.rsplit("/", 1)[0]
    host = world.site.removeprefix("https://")
    address = f"{world.site}{folder}/{slug}"
    return Value(address, forms(address), {"url": address, "host": host, "front": f"{world.site}/", "slug": slug, "topic": slug.replace("-", " ")})


@draw
def moved_page(world: World, rng: random.Random) -> Value:
    """A wrong address of a page that exists elsewhere on the site. Facts: those of the page, wrong."""
    found = pick(rng, [page for page in world.theme.pages if "-" in page.path], "pages with a misspelt address")
    folder, slug = found.path.rsplit("/", 1)
    wrong = {
        "train": (f"{folder}/{slug.replace('-', '_')}", f"/{slug}", f"{folder}/{slug.replace('-', '')}", f"{folder}/{slug.upper()}"),
        "validation": (f"{folder}/{slug}.html", f"{folder}s/{slug}"),
        "test": (f"{folder}/{slug}.php", f"/pages/{slug}"),
    }[world.split]
    address = world.site + pick(rng, [path for path in wrong if path != found.path], "wrong addresses")
    return Value(address, forms(address), facts(world, found) | {"wrong": address})


@draw
def saved_page(world: World, rng: random.Random) -> Value:
    """A page and a file of the project, not there yet, for what it says. Facts: those of the page, file, file_name."""
    names = {
        "train": ("web-copy.md", "reading.txt", "from-the-site.md", "offline.txt", "article.md"),
        "validation": ("saved-page.md", "site-text.txt"),
        "test": ("web-text.md", "kept-page.txt"),
    }[world.split]
    found = pick(rng, world.theme.pages, "pages")
    name = pick(rng, [name for name in names if name not in world.theme.files], "names for a copy")
    return located(world, found, file=f"{world.project}/{name}", file_name=name)


@draw
def found_page(world: World, rng: random.Random) -> Value:
    """A page whose address does not follow from its title, and a file for what it says. Facts: those of `saved_page`."""
    for _ in range(20):
        saved = saved_page(world, rng)
        if hidden(world, saved.path, f"{saved.title} {saved.file_name}"):
            return saved
    raise Exhausted("pages whose address cannot be guessed")
