"""What authorization an API needs: told in words, and never asked for."""

from typing import Any

from knowledge.readers.openapi.references import References
from knowledge.readers.values import items, mapping, text_of


def schemes(references: References) -> dict[str, dict[str, Any]]:
    """The ways to be authorized, by name."""
    found = mapping(mapping(references.root.get("components")).get("securitySchemes"))
    return {name: mapping(references.resolved(scheme)) for name, scheme in found.items()}


def authorization(references: References, security: Any) -> str:
    """What authorization is needed, in words; empty for none."""
    known = schemes(references)
    ways = []
    for requirement in items(security):
        needed = []
        for name, scopes in mapping(requirement).items():
            scheme = known.get(name, {})
            kind = text_of(scheme.get("in")) or text_of(scheme.get("scheme")) or text_of(scheme.get("type"))
            wanted = ", ".join(scope for scope in items(scopes) if isinstance(scope, str))
            more = ": ".join(filter(None, [kind, wanted]))
            needed.append(f"{name} ({more})" if more else name)
        ways.append(" and ".join(needed))
    named = list(dict.fromkeys(filter(None, ways)))
    if not named:
        return ""
    return f"{'May use' if '' in ways else 'Needs'} authorization: {' or '.join(named)}."


def secret(references: References) -> set[tuple[str, str]]:
    """Place and name of the parameters that carry keys."""
    return {(text_of(scheme.get("in")), text_of(scheme.get("name")).lower()) for scheme in schemes(references).values() if scheme.get("type") == "apiKey"}
