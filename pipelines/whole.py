"""The rows across phases: a persona, in the methodology, with tools, under a rule, with an error on the way. Made for phase 5."""

from pipelines.behaviours import command_of
from pipelines.command import start
from pipelines.subject import Subject

SUBJECT = Subject("whole", "integration", "whole", "a persona, a methodology and rules")
main = command_of(SUBJECT, "Make the rows in which all of an agent system works together; phase 5 mixes them in.")

if __name__ == "__main__":
    start(main)
