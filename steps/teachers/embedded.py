"""The embedded teacher: it composes answers from a row's facts and the authored banks. It is no model."""

from pydantic import BaseModel

from steps.contracts import AssistantMessage, Executed, Requests, Script
from steps.render import Unfillable
from steps.teachers.composer import Derailed, requests, respond
from steps.teachers.teacher import Question, Refused, Teacher
from steps.worlds.themes import world_of


class Embedded(Teacher):
    """Answers by composing; the same question always gets the same answer. Needs no key and no network."""

    @property
    def model_name(self) -> str:
        """How rows and the manifest call it."""
        return "embedded composer"

    async def answer(self, question: Question) -> BaseModel:
        """Compose the answer to a request or a response.

        Raises:
            Refused: when a result lacks what the script speaks of, or a call came back otherwise than it needs.
        """
        facts = question.facts
        if question.task.startswith("forms/"):
            raise Refused(f"{question.task}: the embedded teacher drafts forms from the shipped banks; your own documents take a model")
        if question.task not in ("ask", "respond"):
            raise Refused(f"{question.task}: the embedded teacher composes requests and answers, and nothing else")
        script = Script.model_validate_json(facts["script"])
        if script.brief:
            raise Refused("nothing is authored for this: bind a model to writer and responder")
        world = world_of(facts["theme"])
        try:
            if question.task == "ask":
                return Requests(requests=tuple(requests(script, world, facts["asker"], facts["seed"])))
            executed = [Executed.model_validate(done) for done in facts["executed"]]
            message: AssistantMessage = respond(script, facts["id"], facts["turn"], facts["hop"], executed, world, facts["seed"])
            return message
        except (Derailed, Unfillable) as error:
            raise Refused(str(error)) from error
