"""Phase 2: from a methodology to conversations that go through its stages, and never name them."""

from pipelines.behaviours import command_of
from pipelines.command import start
from pipelines.subject import Subject

SUBJECT = Subject("phase2", "methodology", "methodology", "a methodology (stages in order)")
main = command_of(SUBJECT, "Make a dataset in which the agent works by its methodology, without a word about it.")

if __name__ == "__main__":
    start(main)
