"""Phase 1: from a system prompt, operational rules and communication patterns to conversations in which they are kept."""

from pipelines.behaviours import command_of
from pipelines.command import start
from pipelines.subject import Subject

SUBJECT = Subject("phase1", "system_prompt", "system_prompt", "a system prompt, an operational rule or a communication pattern")
main = command_of(SUBJECT, "Make a dataset in which the agent behaves as its system prompt and rules say, without being told.")

if __name__ == "__main__":
    start(main)
