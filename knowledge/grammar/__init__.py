"""The modality grammar: which sentences of a document direct what the agent does, and in which mood.

A sentence counts when it obliges, forbids, recommends, orders two actions, ties an action to a condition, or prefers one thing to
another. Facts, abilities, questions, examples, descriptions of what something else does, and roles do not count.

| file | what it knows |
|---|---|
| `directives` | a document: who speaks, which lists are orders, what a lead-in ties its items to |
| `judgement` | a sentence: the way to its verdict |
| `sentence` | a sentence without its typography, its label, its main clause |
| `inherit` | what an item has from the stub above it ("Never:") |
| `orders` | whether a sentence directs at all |
| `imperative` | whether a clause opens with a verb that is an order |
| `modality` | the mood of a sentence that directs |
| `rows` | rows of tables |
| `forms` | the forms of words that several of these look for |
| `words` | the bank `knowledge/banks/grammar.yaml` |
"""

from knowledge.grammar.directives import Directive, directives
from knowledge.grammar.forms import ROLE
from knowledge.grammar.sentence import plain

__all__ = ["ROLE", "Directive", "directives", "plain"]
