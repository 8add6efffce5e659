"""The field's forms of data, each of which any phase can ask rows of."""

from steps.checks.code import runs
from steps.forms.backtranslate import BackTranslation
from steps.forms.coding import CodingPairs
from steps.forms.form import Draft, Form
from steps.forms.grounded import GroundedAnswers
from steps.forms.raft import CallsFromDocuments
from steps.forms.reasoning import ReasoningTraces
from steps.forms.selfinstruct import SelfInstruct

FORMS: dict[str, Form] = {form.name: form for form in (GroundedAnswers(), BackTranslation(), SelfInstruct(), CallsFromDocuments(), CodingPairs(runs), ReasoningTraces())}
__all__ = ["FORMS", "Draft", "Form"]
