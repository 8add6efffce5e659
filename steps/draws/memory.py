"""Values drawn from the project's knowledge graph."""

import random
import re
from collections import Counter
from typing import Any

from knowledge.theme import Entity, Fact, Relation
from steps.results.memory import sentence
from steps.worlds.memory import an, listed, the
from steps.worlds.world import Exhausted, Value, World, draw, pick

PEOPLE = frozenset("person coach trainee colleague customer volunteer teacher developer engineer driver technician".split())
SMALL = frozenset(
    "about above after also and are around before behind below between both down each every from have high into just later less "
    "like long more most next only onto other over past same since some such than that their them then there they this three "
    "through time under until upon very what when where which while with without yet four five line lines week weeks month months "
    "years year last first second third hours minutes seconds days metres height deep remotely early late twice once whole again "
    "away case noon night morning evening slow slower hand board side list part parts runs form book here work works page pages "
    "large small weekdays full across itself stays take free frozen fails dries leads bought swept within passes adrift reason "
    "cent euros view differ input reaches needs wants gets goes comes keeps holds hangs file files marks pairs bone herself "
    "himself themselves".split()
)
LINKING = frozenset("about after as at by behind before below between during for from in inside into near of on over since than to under until when while with".split())
BEGINNINGS = frozenset(
    "is was has had may must can cannot could will should got paid ran lost went took came left gave sent broke wrote won fell "
    "kept held now never still also stood sold sat read told made met knew grew drew led bought brought caught began became rose "
    "shut found".split()
)
NOUNS = frozenset("its this hens eggs boxes orders parcels bees minutes visitors tickets series keys results".split())
SAFE = frozenset("is was has had may must went came ran works joined".split())
BARE = frozenset("stop start are were have go come close open end begin must may can need run wait".split())


def risen(text: str) -> str:
    """The text with a capital article at its start; a name keeps the case that a call needs."""
    return "The" + text[3:] if text.startswith("the ") else text


def statement(name: str, text: str) -> str:
    """An observation as a sentence about its entity where it has a verb to start with, otherwise after a colon."""
    first, second, third = [*text.replace(",", " ,").split(), "", "", ""][:3]
    present = re.fullmatch(r"[a-z]+[^us\W]s", first) and first not in NOUNS
    past = (first in BEGINNINGS or re.fullmatch(r"[a-z]{3,}ed", first)) and (second not in LINKING or first in SAFE)
    verb = (present or past or (first, second) == ("no", "longer")) and second not in BARE and third not in BARE
    return f"{the(name)} {text}" if verb else f"{the(name)}: {text}"


def is_person(world: World, entity: Entity) -> bool:
    """Whether the entity is a human being."""
    return entity.kind in PEOPLE or entity.name in world.theme.people


def found(world: World, query: str) -> list[Entity]:
    """What the server's search would find: a plain substring match, whatever the case."""
    wanted = query.lower()
    return [e for e in world.theme.entities if any(wanted in text.lower() for text in (e.name, e.kind, *e.observations))]


def links(world: World, name: str) -> list[Relation]:
    """The relations in which the entity stands."""
    return [r for r in world.theme.relations if name in (r.source, r.target)]


def neighbours(world: World, query: str) -> list[str]:
    """The entities that what a search finds is linked to, apart from what it finds itself."""
    hits = [e.name for e in found(world, query)]
    ends = [end for name in hits for r in links(world, name) for end in (r.source, r.target)]
    return [end for end in dict.fromkeys(ends) if end not in hits]


def portrait(entity: Entity) -> dict[str, Any]:
    """What templates may say about any entity, in the graph or not."""
    return {
        "name": entity.name,
        "the": the(entity.name),
        "The": risen(the(entity.name)),
        "kind": entity.kind,
        "akind": an(entity.kind),
        "notes": list(entity.observations),
        "listed": listed(entity.observations),
        "semi": "; ".join(entity.observations),
        "count": len(entity.observations),
    }


def facts(world: World, entity: Entity) -> dict[str, Any]:
    """What templates may say about an entity of the graph: itself, and how it is linked."""
    edges = links(world, entity.name)
    return portrait(entity) | {
        "person": is_person(world, entity),
        "who": "who" if is_person(world, entity) else "what",
        "them": "them" if is_person(world, entity) else "it",
        "their": "their" if is_person(world, entity) else "its",
        "links": [sentence(r.source, r.kind, r.target) for r in edges],
        "link_count": len(edges),
        "partners": list(dict.fromkeys(r.target if r.source == entity.name else r.source for r in edges)),
    }


def named(world: World, entity: Entity) -> Value:
    """An entity as a drawn value: its name."""
    return Value(entity.name, tuple(dict.fromkeys((entity.name, the(entity.name)))), facts(world, entity))


def edge(relation: Relation) -> dict[str, str]:
    """A relation as the server takes it."""
    return {"from": relation.source, "to": relation.target, "relationType": relation.kind}


def related(relation: Relation, **more: Any) -> Value:
    """A relation as a drawn value, said as a sentence."""
    about = {
        "source": relation.source,
        "kind": relation.kind,
        "target": relation.target,
        "the_source": the(relation.source),
        "the_target": the(relation.target),
        "The_source": risen(the(relation.source)),
        "sentence": sentence(relation.source, relation.kind, relation.target),
        "Sentence": risen(sentence(relation.source, relation.kind, relation.target)),
        "triple": [relation.source, relation.kind, relation.target],
        "back": [relation.target, relation.kind, relation.source],
    }
    plain = f"{relation.source} {relation.kind} {relation.target}"
    return Value(edge(relation), tuple(dict.fromkeys((sentence(relation.source, relation.kind, relation.target), plain))), about | more)


def entity_of(world: World, name: str) -> Entity:
    """The theme's entity of this name."""
    return next(entity for entity in world.theme.entities if entity.name == name)


def hidden(world: World, name: str, said: str) -> bool:
    """Whether a name cannot be guessed from what is said and from the project's name: a word of it, at least, is in neither."""
    known = {word.removesuffix("s") for word in re.findall(r"[^\W_]+", f"{said} {world.theme.name}".lower())}
    return any(len(word) > 1 and word.removesuffix("s") not in known for word in re.findall(r"[^\W_]+", name.lower()))


def busiest(world: World) -> str:
    """The entity with most relations, the first one where several have as many."""
    return max(world.theme.entities, key=lambda e: len(links(world, e.name))).name


def clues(world: World, entity: Entity) -> list[str]:
    """Words of the observations that lead a search to this entity alone: the last words of their phrases."""
    out = []
    for text in entity.observations:
        words = re.findall(r"[\w-]+|[,;]", text)
        for at, word in enumerate(words):
            ends = at + 1 == len(words) or words[at + 1] in LINKING or words[at + 1] in {",", ";", "and"}
            plain = re.fullmatch(r"[^\W\d_]{4,}", word) and not word.lower().endswith(("ly", "ed", "ing"))
            if at and ends and plain and word.lower() not in SMALL | LINKING and word.lower() not in entity.name.lower():
                out.append(word)
    return [word for word in dict.fromkeys(out) if found(world, word) == [entity] and hidden(world, entity.name, word)]


def described(world: World, fact: Fact) -> dict[str, Any]:
    """What templates may say about a new fact and the entity it is about."""
    full = statement(fact.entity, fact.text)
    return facts(world, entity_of(world, fact.entity)) | {
        "entity": fact.entity,
        "text": fact.text,
        "statement": full,
        "Statement": risen(full),
    }


@draw
def entity(world: World, rng: random.Random) -> Value:
    """An entity of the graph."""
    return named(world, pick(rng, world.theme.entities, "entities"))


@draw
def linked_entity(world: World, rng: random.Random) -> Value:
    """An entity that stands in at least one relation."""
    return named(world, pick(rng, [e for e in world.theme.entities if links(world, e.name)], "entities with relations"))


@draw
def hub(world: World, rng: random.Random) -> Value:
    """An entity that stands in two relations or more."""
    return named(world, pick(rng, [e for e in world.theme.entities if len(links(world, e.name)) > 1], "entities with several relations"))


@draw
def thing(world: World, rng: random.Random) -> Value:
    """An entity that is not a person and stands in a relation."""
    things = [e for e in world.theme.entities if not is_person(world, e) and links(world, e.name)]
    return named(world, pick(rng, things, "things with relations"))


@draw
def colleague(world: World, rng: random.Random) -> Value:
    """A person of the graph."""
    return named(world, pick(rng, [e for e in world.theme.entities if is_person(world, e)], "people in the graph"))


@draw
def entity_kind(world: World, rng: random.Random) -> Value:
    """A type that at least two entities have. Facts: names, count."""
    several = [kind for kind, count in Counter(e.kind for e in world.theme.entities).items() if count > 1]
    kind = pick(rng, several, "types with several entities")
    names = [e.name for e in world.theme.entities if e.kind == kind]
    return Value(kind, (kind,), {"names": names, "count": len(names)})


@draw
def observation(world: World, rng: random.Random) -> Value:
    """An observation of an entity that has others besides. Facts: those of the entity, text, index, rest."""
    pairs = [(e, at) for e in world.theme.entities if len(e.observations) > 1 for at in range(len(e.observations))]
    owner, at = pick(rng, pairs, "entities with several observations")
    text = owner.observations[at]
    rest = [note for note in owner.observations if note != text]
    more = {"entity": owner.name, "text": text, "index": at, "rest": rest, "statement": statement(owner.name, text)}
    return Value(text, (text,), facts(world, owner) | more)


@draw
def noted_entity(world: World, rng: random.Random) -> Value:
    """An entity with several observations."""
    return named(world, pick(rng, [e for e in world.theme.entities if len(e.observations) > 1], "entities with several observations"))


@draw
def new_fact(world: World, rng: random.Random) -> Value:
    """A new observation for an entity. Facts: those of the entity, text, statement."""
    fact = pick(rng, world.theme.new_facts, "new facts")
    return Value(fact.text, (fact.text,), described(world, fact))


@draw
def side_fact(world: World, rng: random.Random) -> Value:
    """A new observation for an entity that has not the most relations. Facts: those of `new_fact`."""
    most = busiest(world)
    facts_aside = [fact for fact in world.theme.new_facts if hidden(world, most, f"{fact.entity} {fact.text}")]
    fact = pick(rng, facts_aside, "new facts about entities on the side")
    return Value(fact.text, (fact.text,), described(world, fact))


@draw
def relation(world: World, rng: random.Random) -> Value:
    """A relation of the graph."""
    return related(pick(rng, world.theme.relations, "relations"))


@draw
def new_relation(world: World, rng: random.Random) -> Value:
    """A relation that the graph does not hold yet, between two of its entities."""
    return related(pick(rng, world.theme.new_relations, "new relations"))


def fresh(entity: Entity) -> dict[str, Any]:
    """What templates may say about an entity that is not in the graph yet."""
    return portrait(entity) | {
        "first": entity.observations[0],
        "statement": statement(entity.name, entity.observations[0]),
    }


@draw
def remark(world: World, rng: random.Random) -> Value:
    """A short remark that fits any entry."""
    remarks = {
        "train": (
            "checked for the hand-over",
            "needs a second source",
            "confirmed at the weekly meeting",
            "to be reviewed next month",
            "mentioned in the newcomer guide",
            "ask before changing anything",
            "details are in the shared folder",
            "raised at the last review",
        ),
        "validation": ("double-checked by phone", "still to be verified", "named in the yearly report"),
        "test": ("looked over before the audit", "not confirmed yet", "listed in the welcome letter"),
    }[world.split]
    text = pick(rng, remarks, "remarks")
    return Value(text, (text,), {"text": text})


@draw
def hub_remark(world: World, rng: random.Random) -> Value:
    """A remark for the entity with most relations, whose name cannot be guessed."""
    found_it = remark(world, rng)
    if not hidden(world, busiest(world), found_it.value):
        raise Exhausted("an entity with most relations whose name cannot be guessed")
    return found_it


@draw
def graph_export(world: World, rng: random.Random) -> Value:
    """The path of a file, not there yet, for what the graph holds."""
    names = {
        "train": ("who-and-what.txt", "graph-names.txt", "glossary.txt", "memory-list.txt", "who-is-who.txt"),
        "validation": ("known-names.txt", "entries.txt"),
        "test": ("graph-list.txt", "names-so-far.txt"),
    }[world.split]
    path = f"{world.project}/{pick(rng, [name for name in names if name not in world.theme.files], 'names for an export')}"
    return Value(path, (path.rsplit("/", 1)[1],), {"name": path.rsplit("/", 1)[1]})


@draw
def new_entity(world: World, rng: random.Random) -> Value:
    """An entity that the graph does not hold yet, as the server takes it. Facts: name, the, kind, akind, notes, listed."""
    new = pick(rng, world.theme.new_entities, "new entities")
    value = {"name": new.name, "entityType": new.kind, "observations": list(new.observations)}
    return Value(value, tuple(dict.fromkeys((new.name, the(new.name)))), fresh(new))


@draw
def absent(world: World, rng: random.Random) -> Value:
    """A name that nothing in the graph matches, with a fact about it."""
    new = pick(rng, [e for e in world.theme.new_entities if not found(world, e.name)], "names unknown to the graph")
    return Value(new.name, tuple(dict.fromkeys((new.name, the(new.name)))), fresh(new))


@draw
def new_link(world: World, rng: random.Random) -> Value:
    """A new entity and a relation that ties it to one of the graph. Facts: those of the new entity, kind, source, target."""
    looks = {"train": ("looks after", "is responsible for"), "validation": ("takes care of",), "test": ("is in charge of",)}[world.split]
    works = {"train": ("works with",), "validation": ("shares a desk with",), "test": ("sits next to",)}[world.split]
    pairs = [(new, old) for new in world.theme.new_entities for old in world.theme.entities if is_person(world, new) or is_person(world, old)]
    new, old = pick(rng, pairs, "new entities with somebody to tie them to")
    verb = rng.choice(works if is_person(world, new) and is_person(world, old) else looks)
    source, target = (new.name, old.name) if is_person(world, new) else (old.name, new.name)
    value = {"name": new.name, "entityType": new.kind, "observations": list(new.observations)}
    more = {"other": old.name, "source": source, "target": target, "verb": verb, "outgoing": source == new.name}
    full = sentence(source, verb, target)
    return Value(value, tuple(dict.fromkeys((new.name, the(new.name)))), fresh(new) | more | {"sentence": full, "Sentence": risen(full)})


@draw
def topic(world: World, rng: random.Random) -> Value:
    """A word that a search finds. Facts: names (what it finds), count."""
    words = [word for e in world.theme.entities for word in clues(world, e)]
    ends = Counter(e.name.split()[-1] for e in world.theme.entities if len(e.name.split()) > 1 and re.fullmatch("[a-z]{4,}", e.name.split()[-1]))
    word = pick(rng, [*words, *(end for end in ends if end not in SMALL)], "words to search for")
    hits = [e.name for e in found(world, word)]
    return Value(word, (word,), {"names": hits, "count": len(hits)})


@draw
def clue(world: World, rng: random.Random) -> Value:
    """A word that leads to exactly one entity, which is not named by it. Facts: those of the entity."""
    pairs = [(e, word) for e in world.theme.entities for word in clues(world, e)]
    owner, word = pick(rng, pairs, "words that lead to one entity")
    return Value(word, (word,), facts(world, owner))


@draw
def linked_clue(world: World, rng: random.Random) -> Value:
    """A word that leads to exactly one entity, and that one stands in relations. Facts: those of the entity."""
    pairs = [(e, word) for e in world.theme.entities if links(world, e.name) for word in clues(world, e)]
    owner, word = pick(rng, pairs, "words that lead to one entity with relations")
    return Value(word, (word,), facts(world, owner))


@draw
def clue_note(world: World, rng: random.Random) -> Value:
    """A word that leads to one observation of an entity with several. Facts: those of the entity, text, index, rest."""
    pairs = [
        (e, at, word)
        for e in world.theme.entities
        if len(e.observations) > 1
        for word in clues(world, e)
        for at, note in enumerate(e.observations)
        if sum(word in other for other in e.observations) == 1 and word in note
    ]
    owner, at, word = pick(rng, pairs, "words that lead to one observation of several")
    rest = [note for note in owner.observations if note != owner.observations[at]]
    return Value(word, (word,), facts(world, owner) | {"entity": owner.name, "text": owner.observations[at], "index": at, "rest": rest})


@draw
def clue_fact(world: World, rng: random.Random) -> Value:
    """A word that leads to the one entity about which there is something new. Facts: those of `new_fact`."""
    pairs = [(fact, word) for fact in world.theme.new_facts for word in clues(world, entity_of(world, fact.entity))]
    pairs = [(fact, word) for fact, word in pairs if hidden(world, fact.entity, f"{word} {fact.text}")]
    fact, word = pick(rng, pairs, "new facts with a word that leads to their entity")
    return Value(word, (word,), described(world, fact))


@draw
def clue_relation(world: World, rng: random.Random) -> Value:
    """A word that leads to the source of a new relation. Facts: those of the relation, who."""
    pairs = [(new, word) for new in world.theme.new_relations for word in clues(world, entity_of(world, new.source))]
    pairs = [(new, word) for new, word in pairs if hidden(world, new.source, f"{word} {new.kind} {new.target}")]
    new, word = pick(rng, pairs, "new relations with a word that leads to their source")
    who = "who" if is_person(world, entity_of(world, new.source)) else "what"
    return Value(word, (word,), related(new, who=who).facts)


@draw
def blind_relation(world: World, rng: random.Random) -> Value:
    """Two words that lead to the two ends of a new relation. Facts: those of the relation, first, second."""
    pairs = [(new, one, two) for new in world.theme.new_relations for one in clues(world, entity_of(world, new.source)) for two in clues(world, entity_of(world, new.target))]
    new, one, two = pick(rng, pairs, "new relations with words that lead to both ends")
    return Value([one, two], (f"{one} and {two}",), related(new, first=one, second=two).facts)


@draw
def nickname(world: World, rng: random.Random) -> Value:
    """The part of a name by which somebody or something is called for short. Facts: those of the entity, fact, statement."""
    shorts: list[tuple[str, Fact]] = []
    for fact in world.theme.new_facts:
        words = fact.entity.split()
        short = words[0] if is_person(world, entity_of(world, fact.entity)) else words[-1]
        if len(words) > 1 and re.fullmatch(r"[^\W\d_]{4,}", short) and len(found(world, short)) == 1:
            shorts.append((short, fact))
    short, fact = pick(rng, shorts, "names that are shortened")
    more = {"fact": fact.text, "statement": statement(short, fact.text)}
    return Value(short, (short,), facts(world, entity_of(world, fact.entity)) | more)


@draw
def plural(world: World, rng: random.Random) -> Value:
    """A plural that a search misses while it finds the singular, with neighbours. Facts: singular, names, count."""
    ends = [e.name.split()[-1] for e in world.theme.entities if " " in e.name and not is_person(world, e)]
    words = dict.fromkeys(word for word in (*ends, *(e.kind for e in world.theme.entities)) if re.fullmatch("[a-z]{4,}", word) and word != "person")
    pairs = [(word, word + ("es" if re.search("(s|x|ch|sh)$", word) else "s")) for word in words if not re.search("[^aeiou]y$", word)]
    missed = [(one, many) for one, many in pairs if not found(world, many) and any(hidden(world, end, one) for end in neighbours(world, one))]
    one, many = pick(rng, missed, "plurals that a search misses")
    hits = [e.name for e in found(world, one)]
    return Value(many, (many,), {"singular": one, "names": hits, "count": len(hits)})


@draw
def rename(world: World, rng: random.Random) -> Value:
    """A thing with relations that is to have another name. Facts: those of the thing, new, edges, triples."""
    forms = {"train": ("old {}", "{} (retired)"), "validation": ("spare {}",), "test": ("former {}",)}[world.split]
    thing = pick(rng, [e for e in world.theme.entities if not is_person(world, e) and links(world, e.name)], "things with relations")
    new = rng.choice(forms).format(thing.name)
    moved = [Relation(source=new if r.source == thing.name else r.source, kind=r.kind, target=new if r.target == thing.name else r.target) for r in links(world, thing.name)]
    more = {"new": new, "edges": [edge(r) for r in moved], "triples": [[r.source, r.kind, r.target] for r in moved]}
    return Value(thing.name, tuple(dict.fromkeys((thing.name, the(thing.name)))), facts(world, thing) | more)


@draw
def stray_note(world: World, rng: random.Random) -> Value:
    """A word that leads to an observation that belongs to a neighbour. Facts: those of `clue_note`, home, the_home."""
    for _ in range(20):
        noted = clue_note(world, rng)
        home = pick(rng, noted.facts["partners"] or [""], "neighbours of the entity")
        if home and hidden(world, noted.text, f"{noted.value} {noted.entity} {home}"):
            break
    else:
        raise Exhausted("observations that a neighbour could have")
    return Value(noted.value, noted.said, noted.facts | {"home": home, "the_home": the(home)})


@draw
def spare(world: World, rng: random.Random) -> Value:
    """A thing of which there is a second one now, under a name of its own. Facts: those of the thing, new."""
    forms = {"train": ("{} 2", "new {}"), "validation": ("second {}",), "test": ("{} B",)}[world.split]
    thing = pick(rng, [e for e in world.theme.entities if not is_person(world, e)], "things")
    new = rng.choice(forms).format(thing.name)
    return Value(thing.name, tuple(dict.fromkeys((thing.name, the(thing.name)))), facts(world, thing) | {"new": new})


@draw
def kept_entity(world: World, rng: random.Random) -> Value:
    """A new thing, and a word that leads to the person who looks after it. Facts: those of the new entity, clue, owner, verb."""
    verbs = {"train": ("looks after", "is responsible for"), "validation": ("takes care of",), "test": ("is in charge of",)}[world.split]
    owners = [(e, word) for e in world.theme.entities if is_person(world, e) for word in clues(world, e)]
    owner, word = pick(rng, owners, "words that lead to a person")
    new = pick(rng, [e for e in world.theme.new_entities if not is_person(world, e)], "new things")
    value = {"name": new.name, "entityType": new.kind, "observations": list(new.observations)}
    more = {"clue": word, "owner": owner.name, "verb": rng.choice(verbs)}
    return Value(value, tuple(dict.fromkeys((new.name, the(new.name)))), fresh(new) | more)


@draw
def relabel(world: World, rng: random.Random) -> Value:
    """The only relation between two entities, to give way to a new one. Facts: those of the old one, new, new_sentence, new_triple."""
    pairs = Counter(frozenset((r.source, r.target)) for r in world.theme.relations)
    old = pick(rng, [r for r in world.theme.relations if pairs[frozenset((r.source, r.target))] == 1], "relations that stand alone")
    new = pick(rng, [r for r in world.theme.new_relations if not set(r.kind.split()) & set(old.kind.split())], "relations of another kind")
    fresh_one = related(new)
    more = {"new": edge(new), "new_sentence": fresh_one.sentence, "new_triple": fresh_one.triple}
    return Value([old.source, old.target], (f"{the(old.source)} and {the(old.target)}",), related(old).facts | more)


@draw
def merge(world: World, rng: random.Random) -> Value:
    """A thing that is to be folded into another one, of its type where there is one. Facts: those of the entity, into, the_into."""
    things = [e for e in world.theme.entities if not is_person(world, e)]
    pairs = [(a, b) for a in things for b in things if a != b]
    alike = [(a, b) for a, b in pairs if a.kind == b.kind] or [(a, b) for a, b in pairs if a.name[0].islower() and b.name[0].islower()]
    one, into = pick(rng, alike, "two things of a type")
    return Value(one.name, tuple(dict.fromkeys((one.name, the(one.name)))), facts(world, one) | {"into": into.name, "the_into": the(into.name)})


@draw
def reversed_relation(world: World, rng: random.Random) -> Value:
    """A relation of the graph turned round, which the graph does not hold. Facts: those of the relation that it does hold."""
    known = {(r.source, r.target) for r in world.theme.relations}
    there = pick(rng, [r for r in world.theme.relations if (r.target, r.source) not in known], "relations that only go one way")
    turned = Relation(source=there.target, kind=there.kind, target=there.source)
    return Value(edge(turned), (sentence(turned.source, turned.kind, turned.target),), related(there).facts)
