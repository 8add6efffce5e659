"""Who answers in a run: each role's teacher, bound to the run, its limits and its ledger."""

import importlib.util
import json
from typing import Any

from pipelines.calibrate import read_floors
from pipelines.config import EMBEDDED, Binding, Misconfigured, Settings, load_prices
from steps.teachers.anthropic import Anthropic
from steps.teachers.database import SERVERS
from steps.teachers.embedded import Embedded
from steps.teachers.model import Model
from steps.teachers.openai import OpenAI
from steps.teachers.teacher import Nobody, Teacher

APIS: dict[str, type[Model]] = {"openai": OpenAI, "anthropic": Anthropic}


class Team:
    """The teachers of a run.

    Args:
        settings: what the roles are bound to.
        run: the run that calls are made for.
        roles: the roles that the command needs; others are left aside.

    Raises:
        Misconfigured: when a cap in dollars stands beside a model without a price.
    """

    def __init__(self, settings: Settings, run: str, roles: tuple[str, ...]) -> None:
        self.settings, self.run = settings, run
        self.prices = {price.name: price for price in load_prices(None, {}).models}
        self.bindings: dict[str, Binding] = {role: bound for role in roles if (bound := getattr(settings.roles, role)) is not None}
        self.models = {role: self.model(role) for role, bound in self.bindings.items() if bound.teacher != EMBEDDED}
        for role, model in self.models.items():
            if settings.limits.max_cost is not None and not model.price:
                raise Misconfigured(
                    f"the price of {model.model} ({role}) is not known, so that --max-cost cannot hold. "
                    "Add it to configs/prices.yaml, give the teacher a `price`, or use --max-calls."
                )

    def teacher(self, role: str) -> Teacher:
        """The teacher of a role."""
        return self.models.get(role) or Embedded()

    @property
    def judge(self) -> Teacher:
        """Who judges."""
        return self.models.get("judge") or Nobody()

    @property
    def floors(self) -> dict[str, int]:
        """The judge's floors that people's labels have set, by criterion; none without a judge."""
        return read_floors(self.settings.calibration) if "judge" in self.models else {}

    @property
    def writes(self) -> bool:
        """Whether a model writes."""
        return "writer" in self.models

    @property
    def writes_and_responds(self) -> bool:
        """Whether a model writes and a model responds, so that rows need no authored banks."""
        return {"writer", "responder"} <= set(self.models)

    def model(self, role: str) -> Model:
        """The model of a role."""
        settings, bound = self.settings, self.bindings[role]
        about = settings.teachers[bound.teacher]
        price = self.prices.get(about.price or about.model)
        return APIS[about.api](
            **about.model_dump(exclude={"api", "price", "key"}),
            **bound.model_dump(exclude={"teacher", "concurrency"}),
            concurrency=bound.concurrency or settings.limits.concurrency,
            key_from=about.key,
            teacher=bound.teacher,
            role=role,
            run=self.run,
            ledger=settings.ledger,
            price=price.model_dump_json() if price else "",
            max_cost=settings.limits.max_cost,
            max_calls=settings.limits.max_calls,
            batch=settings.batch,
        )

    def bind(self, run: str) -> None:
        """Give the run its name, once it is known."""
        self.run = run
        for model in self.models.values():
            model.run = run

    def check(self) -> None:
        """See that every model can be asked, and that the engine can be had, before anything is started.

        Raises:
            Misconfigured: when a key or a package is missing, a cluster's ledger is a file that its machines do not share, or Ray should wait for a batch.
        """
        settings = self.settings
        if settings.engine == "ray":
            if importlib.util.find_spec("ray") is None:
                raise Misconfigured("engine: ray needs the package ray: install requirements/ray.txt.")
            if settings.batch:
                raise Misconfigured("--batch is for engine: stream; on Ray, rows cannot wait for a batch.")
            if settings.cluster and self.models and not settings.ledger.startswith(SERVERS):
                raise Misconfigured(f"the machines of the cluster {settings.cluster} cannot share the file {settings.ledger}: set `ledger: postgresql://…`.")
        for model in self.models.values():
            if fault := model.unready():
                raise Misconfigured(fault)

    def deciding(self) -> dict[str, Any]:
        """What of the teachers decides rows: who answers, and what it is asked with."""
        named = {role: json.loads(model.model_dump_json(include={"model", "base_url", "structured", "parameters", "max_tokens"})) for role, model in self.models.items()}
        answering: dict[str, Any] = {role: named.get(role, EMBEDDED) for role in self.bindings}
        return answering | ({"floors": floors} if (floors := self.floors) else {})

    def described(self) -> dict[str, str]:
        """Each role's teacher in words, for the manifest."""
        return {role: f"{self.models[role].model} ({bound.teacher})" if role in self.models else "embedded composer (no model)" for role, bound in self.bindings.items()}
