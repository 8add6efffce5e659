"""A model behind an API as a teacher: a question becomes a call, and its reply an answer under the contract, or a reason."""

import asyncio
import importlib
import importlib.util
import json
import os
import time
from abc import abstractmethod
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from knowledge.costs import Price
from steps.loop import run as wait_for
from steps.teachers.answers import Unkept, read
from steps.teachers.call import Call, Reply, TeacherFailed, Transient, Unanswerable, Unstructured
from steps.teachers.desk import Desk, Terms
from steps.teachers.failures import understood
from steps.teachers.schema import schema_of
from steps.teachers.teacher import Question, Refused, Teacher

Structured = Literal["schema", "tool", "prompt"]
NEXT: dict[Structured, Structured] = {"schema": "tool", "tool": "prompt"}
_desks: dict[tuple[int, Terms], Desk] = {}


class Model(Teacher):
    """A model that is asked over HTTP, through its provider's own SDK.

    An answer that does not keep its contract is asked for once more, with the fault quoted; then the row is rejected. All fields
    are public, so that they are part of the pipeline's signature, and none of them is a key: `key_from` names the variable that holds it.
    """

    home: ClassVar[str]
    path: ClassVar[str]
    package: ClassVar[str]
    kind: ClassVar[str]
    most_calls: ClassVar[int] = 50_000
    most_bytes: ClassVar[int] = 190_000_000
    teacher: str = Field(default="", description="How the user calls this teacher.")
    model: str
    base_url: str = Field(default="", description="The server's address; the provider's own where it is empty.")
    key_from: str = Field(default="", description="The environment variable that holds the key; empty for a server that wants none.")
    role: str = "responder"
    run: str = Field(default="", description="The run that the calls are made for.")
    ledger: str = Field(default="runs/ledger.sqlite", description="An SQLite file, or a postgresql:// address.")
    structured: Structured = Field(default="schema", description="How an answer by schema is asked for: the server's own way, a forced tool, or by the prompt alone.")
    parameters: dict[str, Any] = Field(default_factory=dict, description="Further keys of the request: temperature, reasoning_effort, seed, …")
    max_tokens: int = Field(default=4096, description="The most tokens of an answer.")
    seconds: float = Field(default=300, description="How long an answer may take.")
    tries: int = Field(default=6, description="How often a failing call is sent.")
    pause: float = Field(default=0.5, description="Seconds before the second try; each later pause is twice as long.")
    concurrency: int = Field(default=50, description="Calls in flight.")
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    price: str = Field(default="", description="The model's price, dumped; empty where it is not known.")
    max_cost: float | None = Field(default=None, description="Dollars that the run may spend.")
    max_calls: int | None = Field(default=None, description="Calls that the run may make.")
    batch: bool = Field(default=False, description="Leave calls to the provider's batch.")

    _desk: Desk | None = PrivateAttr(default=None)
    _way: Structured = PrivateAttr(default="schema")

    @property
    def model_name(self) -> str:
        """The model, as it is asked for."""
        return self.model

    @property
    def address(self) -> str:
        """The server's address."""
        return (self.base_url or self.home).rstrip("/")

    @property
    def in_flight(self) -> int:
        """Calls in flight."""
        return self.concurrency

    def load(self) -> None:
        """Read the key, and take a place at the role's desk, which all its tasks share.

        Raises:
            TeacherFailed: when the key's variable is not set, or the provider's package is not installed.
        """
        super().load()
        if self._desk is not None:
            return
        self._way = self.structured
        price = Price.model_validate_json(self.price) if self.price else None
        own = {
            name: getattr(self, name)
            for name in ("teacher", "address", "model", "run", "role", "ledger", "concurrency", "tries", "pause", "max_cost", "max_calls", "max_tokens", "batch")
        }
        terms = Terms(**own, requests=self.requests_per_minute, tokens=self.tokens_per_minute, price=price)
        if (os.getpid(), terms) not in _desks and (fault := self.unready()):
            raise TeacherFailed(fault)
        desk = _desks.get((os.getpid(), terms)) or Desk(terms, self.client(os.environ[self.key_from] if self.key_from else "none"))
        _desks[os.getpid(), terms] = self._desk = desk
        desk.users += 1

    def unload(self) -> None:
        """Leave the desk; who leaves last closes the connections."""
        if (desk := self._desk) is None:
            return
        self._desk = None
        desk.users -= 1
        if not desk.users:
            del _desks[os.getpid(), desk.terms]
            wait_for(desk.client.close())

    def unready(self) -> str | None:
        """Why this teacher cannot be asked from here: its key is not set, or its package is missing; None when it can."""
        if self.key_from and not os.environ.get(self.key_from):
            return f"teacher {self.teacher or self.model}: its key is read from the environment variable {self.key_from}, which is not set."
        if importlib.util.find_spec(self.package) is None or importlib.util.find_spec("aiohttp") is None:
            return f"teacher {self.teacher or self.model} needs the packages {self.package} and aiohttp: install requirements/{self.package}.txt."
        return None

    def client(self, key: str) -> Any:
        """The official SDK's client, on its aiohttp transport; it tries once, since trying again is ours."""
        sdk = importlib.import_module(self.package)
        limits = type(sdk.DEFAULT_CONNECTION_LIMITS)(max_connections=self.concurrency, max_keepalive_connections=self.concurrency)
        http = sdk.DefaultAioHttpClient(timeout=self.seconds, limits=limits)
        return getattr(sdk, self.kind)(api_key=key, base_url=self.address, max_retries=0, timeout=self.seconds, http_client=http)

    async def post(self, client: Any, body: bytes, key: str) -> Any:
        """Send a body, and give the response's; the key is for servers that heed one, and answer no call twice."""
        return await client.post(self.path, cast_to=object, content=body, options={"headers": {"Content-Type": "application/json", "Idempotency-Key": key}})

    @abstractmethod
    def body(self, call: Call) -> dict[str, Any]:
        """The request's body, as it goes over the wire; it is what the ledger knows a call by."""

    @abstractmethod
    def reply(self, raw: Any) -> Reply:
        """A response's body in our form.

        Raises:
            Transient: when it is none.
        """

    @abstractmethod
    async def submit(self, client: Any, name: str, bodies: dict[str, str]) -> str:
        """Hand a batch of bodies, by digest, to the provider under a name of ours; its id there comes back."""

    @abstractmethod
    async def recover(self, client: Any, name: str, calls: int) -> str | None:
        """The id of a batch that may have been handed over just before a kill; None when it was not."""

    @abstractmethod
    async def results(self, client: Any, id: str) -> list[tuple[str, Any, bool]] | None:
        """What came of a batch: digest, the response's body, and whether it failed for good. None while it is not done; what expired is missing."""

    @property
    def desk(self) -> Desk:
        """This teacher's desk; load() comes first."""
        assert self._desk is not None, "load() comes first"
        return self._desk

    async def send(self, body: bytes, key: str) -> tuple[Reply, float]:
        """Send a body; the reply and the seconds that it took.

        Raises:
            Transient, Unanswerable, Unstructured, TeacherFailed: by what went wrong.
        """
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.seconds):
                raw = await self.post(self.desk.client, body, key)
        except Exception as error:
            raise understood(error, self.teacher or self.model, self.model, self.key_from) from None
        try:
            return self.reply(raw), time.monotonic() - began
        except (KeyError, IndexError, TypeError, AttributeError, ValidationError):
            raise Transient("the answer is not in the form of the API", spoilt=True) from None

    async def ask(self, call: Call, task: str = "") -> Reply:
        """The reply to a call, from the ledger or the server; where the server does not know a way to ask by schema, the next one is taken.

        Raises:
            Refused: when there is none.
        """
        while True:
            way = self._way
            try:
                return await self.desk.ask(wire(self.body(call)), task, self.send, call.number)
            except Unstructured as error:
                if call.schema is None or way == "prompt":
                    raise Refused(f"{self.teacher or self.model}: {error}") from None
                if way == self._way:
                    self._way = NEXT[way]
            except Unanswerable as error:
                raise Refused(f"{self.teacher or self.model}: {error}") from None

    async def answer(self, question: Question) -> BaseModel:
        """The answer under the question's contract; asked once more, where it does not keep it.

        Raises:
            Refused: when there is none, with what was wrong.
        """
        call = Call(question.messages, question.tools, None if question.tools else schema_of(question.answer))
        reply = await self.ask(call, question.task)
        try:
            return read(reply, question)
        except Unkept as error:
            said = [{"role": "assistant", "content": (reply.text or "").strip() or "\n".join(f"{made.name}({made.arguments})" for made in reply.calls) or "(nothing)"}]
            again = f"Your answer cannot be used: {error}. Give the whole answer again, without that fault and without a word about it."
            reply = await self.ask(Call([*question.messages, *said, {"role": "user", "content": again}], call.tools, call.schema), f"{question.task} (repair)")
        try:
            return read(reply, question)
        except Unkept as error:
            raise Refused(f"{error} (asked twice)") from None

    async def agenerate(self, input: Any, num_generations: int = 1) -> Any:
        """Answer a bare prompt of one of distilabel's own tasks; each generation is a call of its own.

        A generation that there is none of is None, as distilabel expects it.
        """
        from distilabel.models.llms.utils import prepare_output

        messages, wish = input if isinstance(input, tuple) else (input, None)
        schema = wish.get("schema") if isinstance(wish, dict) else None
        schema = schema_of(schema) if isinstance(schema, type) else schema
        replies = []
        for number in range(num_generations):
            told = [{"role": "user", "content": messages}] if isinstance(messages, str) else [dict(message) for message in messages]
            try:
                replies.append(await self.ask(Call(told, schema=schema, number=number), "generate"))
            except Refused:
                replies.append(Reply())
        return prepare_output([reply.text for reply in replies], input_tokens=[reply.usage.input for reply in replies], output_tokens=[reply.usage.output for reply in replies])


def wire(body: dict[str, Any]) -> bytes:
    """A request's body as it goes over the wire: always the same bytes for the same call."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
