"""Phase 4: from personas and commands to conversations in which each does its own work."""

from pipelines.behaviours import Subject, command_of

SUBJECT = Subject("phase4", "agents", "agents", "a persona or a command")
app = command_of(SUBJECT, "Make a dataset in which each persona does its own work, hands it over, and leaves to others what is theirs.")

if __name__ == "__main__":
    app()
