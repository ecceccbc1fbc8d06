"""The check of state machine definitions: the whole, its transitions, and what every state has."""

from __future__ import annotations

from typing import Any

import pytest

from labcli.rules.asl.diagnose import Diagnostic, diagnose, refusal, refused

PASS = {"Type": "Pass", "End": True}
INVOKE = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
ALL = {"ErrorEquals": ["States.ALL"]}


def machine(**states: Any) -> dict[str, Any]:
    """A machine that starts at the first of its states."""
    return {"StartAt": next(iter(states)), "States": states}


def said(definition: Any, kind: str = "STANDARD") -> list[str]:
    """What AWS would say, one line a mistake: the location and the message."""
    return [f"{each.location} {each.message}" for each in refused(diagnose(definition, kind))]


def noted(definition: Any) -> list[str]:
    """What only labcli says."""
    return [f"{each.location} {each.message}" for each in diagnose(definition) if each.code == "LABCLI"]


def one(**fields: Any) -> list[str]:
    """The mistakes of a single state."""
    return said(machine(A=fields))


def task(**fields: Any) -> list[str]:
    """The mistakes of a Task that invokes a function and ends."""
    return one(**INVOKE, End=True, **fields)


# --- the whole


@pytest.mark.parametrize("junk", [None, 5, "x", True, [], ["StartAt"], 1.5])
def test_what_is_no_object_is_no_definition_and_has_no_place(junk: Any) -> None:
    assert diagnose(junk) == [
        Diagnostic("SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", (), "", "")
    ]


def test_required_fields_are_named_together_in_the_order_of_aws() -> None:
    assert said({}) == ["/ These fields are required: [States, StartAt]"]
    assert said({"States": {"A": PASS}}) == ["/ These fields are required: [StartAt]"]
    assert said({"StartAt": "A"}) == ["/ These fields are required: [States]"]


def test_an_unknown_field_is_said_at_its_object_and_points_at_itself() -> None:
    (found,) = diagnose({**machine(A=PASS), "Coment": "x"})
    assert (found.message, found.location, found.path) == ("Field 'Coment' is not supported", "/", ("Coment",))
    assert found.hint == "; did you mean `Comment`?"
    (found,) = diagnose(machine(A={**PASS, "ResultsPath": "$.a"}))
    assert (found.location, found.path[-1], found.hint) == ("/States/A", "ResultsPath", "; did you mean `ResultPath`?")


def test_version_and_timeout_of_a_machine_are_checked() -> None:
    assert said({**machine(A=PASS), "Version": "1.0", "TimeoutSeconds": 0}) == []
    assert said({**machine(A=PASS), "Version": "2"}) == ["/Version Value should be one of the following: [1.0]"]
    assert said({**machine(A=PASS), "TimeoutSeconds": "9"}) == ["/TimeoutSeconds Expected value of type Integer"]


def test_the_message_of_a_refusal_is_that_of_aws() -> None:
    found = diagnose(machine(pass1={"Type": "Pass", "Next": "pass3"}, pass2=PASS))
    assert refusal(found) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at "
        '/States/pass1/Next, MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2\''
    )
    loop = diagnose(machine(A={"Type": "Pass", "Next": "A"}))
    assert refusal(loop) == (
        "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'"
    )
    assert refusal([]) == refusal([Diagnostic("LABCLI", "odd")]) == ""


# --- transitions


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({"Type": "Pass", "Next": "Gone"}, "/States/A/Next"),
        ({"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "Gone"}], "Default": "Z"},
         "/States/A/Choices[0]/Next"),
        ({"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "Z"}], "Default": "Gone"},
         "/States/A/Default"),
        ({**INVOKE, "Next": "Z", "Catch": [{**ALL, "Next": "Gone"}]}, "/States/A/Catch[0]/Next"),
    ],
)  # fmt: skip
def test_a_transition_to_nowhere_is_found_and_aws_calls_all_of_them_next(broken: Any, place: str) -> None:
    assert f"{place} Missing 'Next' target: Gone" in said(machine(A=broken, Z=PASS))


def test_a_start_at_nowhere_leaves_every_state_unreachable() -> None:
    assert said({"StartAt": "Nope", "States": {"A": PASS}}) == [
        "/StartAt Missing 'Next' target: Nope",
        '/States/A State "A" is not reachable.',
    ]


def test_a_misspelt_target_offers_the_state_that_is_meant() -> None:
    (found, *_) = [each for each in diagnose(machine(A={"Type": "Pass", "Next": "Dnoe"}, Done=PASS)) if each.hint]
    assert found.hint == "; did you mean `Done`?"


def test_states_that_nothing_names_are_unreachable_at_any_depth() -> None:
    inner = machine(W=PASS, Ghost=PASS)
    assert said(machine(M={"Type": "Map", "ItemProcessor": inner, "End": True})) == [
        '/States/M/ItemProcessor/States/Ghost State "Ghost" is not reachable.'
    ]
    assert said(machine(P={"Type": "Parallel", "Branches": [inner], "End": True})) == [
        '/States/P/Branches[0]/States/Ghost State "Ghost" is not reachable.'
    ]


def test_states_that_only_name_one_another_are_for_labcli_to_note() -> None:
    cut_off = machine(A=PASS, B={"Type": "Pass", "Next": "C"}, C={"Type": "Pass", "Next": "B"})
    assert said(cut_off) == []
    assert noted(cut_off) == ['/States/B State "B" is not reachable.', '/States/C State "C" is not reachable.']


def test_a_workflow_that_never_ends_is_refused_at_the_top_only() -> None:
    loop = machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"})
    (found,) = diagnose(loop)
    assert (found.code, found.message, found.location) == ("MISSING_END_STATE", "Workflow has no terminal state", "")
    assert said(machine(M={"Type": "Map", "ItemProcessor": loop, "End": True})) == []


def test_a_workflow_that_never_ends_is_said_after_missing_targets_and_instead_of_unreachable_states() -> None:
    assert said(machine(A={"Type": "Pass", "Next": "NOPE"})) == [
        "/States/A/Next Missing 'Next' target: NOPE",
        " Workflow has no terminal state",
    ]
    loop = {"A": {"Type": "Pass", "Next": "A"}, "Unused": {"Type": "Pass", "Next": "A"}}
    assert said({"StartAt": "A", "States": loop}) == [" Workflow has no terminal state"]


def test_a_loop_with_a_way_out_is_fine() -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 0, "Next": "Z"}], "Default": "A"}
    assert diagnose(machine(A={"Type": "Pass", "Next": "C"}, C=choice, Z={"Type": "Succeed"})) == []


def test_names_are_short_and_unique_in_the_whole_machine() -> None:
    long = "x" * 81
    (found,) = diagnose({"StartAt": long, "States": {long: PASS}})
    assert (found.code, found.path) == ("INVALID_STATE_NAME", ("States", long))
    assert said({"StartAt": "x" * 80, "States": {"x" * 80: PASS}}) == []
    (found,) = diagnose(machine(P={"Type": "Parallel", "Branches": [machine(A=PASS), machine(A=PASS)], "End": True}))
    assert (found.code, found.message) == ("DUPLICATE_STATE_NAME", "Duplicate State name: A")
    assert found.location == "/States/P/Branches[1]/States/A"


# --- every state


def test_a_type_is_one_of_eight() -> None:
    assert one(Type="Passs", End=True) == [
        "/States/A/Type The field 'Type' should have one of these values: "
        "[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]"
    ]
    assert one(End=True) == ["/States/A These fields are required: [Type]"]
    assert one(Type=5, End=True) == ["/States/A/Type Expected value of type [STRING]"]


def test_a_state_goes_on_or_ends_and_not_both() -> None:
    assert one(Type="Pass") == ["/States/A This object should have only one of the following fields: [Next, End]"]
    both = machine(A={"Type": "Pass", "Next": "B", "End": True}, B=PASS)
    assert said(both) == ["/States/A There should only be one of the following fields: [Next, End]"]
    assert noted(machine(A={"Type": "Pass", "End": False})) == ["/States/A/End `End` is true, or it is left out"]


@pytest.mark.parametrize("kind", ["Pass", "Wait", "Choice", "Succeed", "Fail", "Map", "Parallel"])
def test_a_timeout_belongs_to_a_task(kind: str) -> None:
    assert "/States/A Field 'TimeoutSeconds' is not supported" in one(Type=kind, TimeoutSeconds=5)


@pytest.mark.parametrize("kind", ["Pass", "Wait", "Choice", "Succeed", "Fail"])
@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_errors_are_handled_by_task_parallel_and_map(kind: str, field: str) -> None:
    assert f"/States/A Field '{field}' is not supported" in one(Type=kind, **{field: [{**ALL, "Next": "A"}]})


@pytest.mark.parametrize("kind", ["Choice", "Succeed", "Fail"])
@pytest.mark.parametrize("field", ["Next", "End"])
def test_choice_succeed_and_fail_have_no_next_and_no_end(kind: str, field: str) -> None:
    assert f"/States/A Field '{field}' is not supported" in one(Type=kind, **{field: "A"})
