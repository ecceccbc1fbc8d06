"""The check of state machine definitions: paths, templates, intrinsic functions, JSONata, references of a lab."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from labcli.rules.asl.diagnose import diagnose, refused
from tests.unit.rules.test_asl import ALL, INVOKE, PASS, machine, noted, one, said


def passes(**fields: Any) -> list[str]:
    """The mistakes of a Pass."""
    return one(**PASS, **fields)


def value(text: Any) -> list[str]:
    """The mistakes of one value that a Pass computes."""
    return passes(Parameters={"v.$": text})


# --- paths


@pytest.mark.parametrize("field", ["InputPath", "OutputPath", "ResultPath"])
def test_a_path_begins_with_a_dollar_or_is_null(field: str) -> None:
    assert passes(**{field: None}) == passes(**{field: "$"}) == passes(**{field: "$.a['b c'][0]"}) == []
    assert passes(**{field: "a.b"}) == [f"/States/A/{field} Value must be a valid JSONPath."]
    assert passes(**{field: 5}) == [f"/States/A/{field} Expected value of type [STRING]"]


@pytest.mark.parametrize(
    "path",
    [
        "$", "$.a", "$.a-b.c_d", "$['a']", '$["a b"].c', "$.a[0]", "$.a[-1]", "$.a[0:2]", "$.a[0,1]", "$.a[*].b",
        "$..a", "$.*", "$.[?(@.year <= 1999)]", "$.a[?(@.b == 'x]' && @.c > 1)]", "$.a[(@.length-1)]", "$$",
        "$$.Map.Item.Value", "$variable", "$variable.a[0]", "$.a.length()", "$['it\\'s']", "$.été",
    ],
)  # fmt: skip
def test_whatever_a_reader_of_jsonpath_may_understand_passes(path: str) -> None:
    assert passes(InputPath=path) == passes(OutputPath=path) == value(path) == []


@pytest.mark.parametrize("path", ["", "a", "$.a.", "$.a[", "$.a]", "$.a[0)", "$.a[]", "$...a", " $.a", "{% $a %}"])
def test_what_no_reader_understands_is_no_path(path: str) -> None:
    assert passes(InputPath=path) == ["/States/A/InputPath Value must be a valid JSONPath."]


@pytest.mark.parametrize("path", ["$.a[*]", "$..a", "$.a[?(@.b)]", "$.a[0:2]", "$.a[0,1]", "$$.State.Name"])
def test_a_result_path_leads_to_one_place_in_the_input(path: str) -> None:
    assert passes(ResultPath=path) == ["/States/A/ResultPath Value is not a Reference Path"]


def test_items_may_come_from_the_context_object() -> None:
    def items(path: str) -> list[str]:
        return one(Type="Map", ItemsPath=path, ItemProcessor=machine(B=PASS), End=True)

    assert items("$$.Execution.Input.items") == items("$.a.b") == items("$list") == []
    assert items("$.a[*]") == ["/States/A/ItemsPath Value is not a Reference Path"]


def test_an_error_may_be_computed() -> None:
    assert one(Type="Fail", ErrorPath="$.e", CausePath="States.Format('{} failed', $.who)") == []
    assert one(Type="Fail", CausePath="States.Formatt('{}', $.who)") == [
        "/States/A/CausePath Value must be a valid JSONPath."
    ]


# --- payload templates


def test_a_computed_value_is_a_path_or_a_call_and_aws_names_the_object_it_is_in() -> None:
    template = {"a": [{"b.$": "c"}], "d.$": 5, "e": "c", "f": {"g.$": "$.g"}}
    assert passes(Parameters=template) == [
        "/States/A/Parameters/a[0] "
        "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call",
        "/States/A/Parameters "
        "The value for the field 'd.$' must be a valid JSONPath or a valid intrinsic function call",
    ]
    assert [each.path for each in diagnose(machine(A={**PASS, "Parameters": template}))] == [
        ("States", "A", "Parameters", "a", 0, "b.$"),
        ("States", "A", "Parameters", "d.$"),
    ]


def test_templates_are_checked_wherever_they_stand() -> None:
    bad = {"x.$": "x"}
    wrong = "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call"
    assert one(**INVOKE, End=True, ResultSelector=bad) == [f"/States/A/ResultSelector {wrong}"]
    assert passes(Assign=bad) == [f"/States/A/Assign {wrong}"]
    each = {"Type": "Map", "ItemProcessor": machine(B=PASS), "End": True}
    assert one(**each, ItemSelector=bad) == [f"/States/A/ItemSelector {wrong}"]
    assert one(**each, ItemReader={"Parameters": bad}) == [f"/States/A/ItemReader/Parameters {wrong}"]


def test_a_fixed_result_is_not_computed() -> None:
    assert passes(Result={"x.$": "x"}) == []


def test_names_of_variables_are_names() -> None:
    assert passes(Assign={"total": 1, "größe.$": "$.g", "a_1": None}) == []
    found = diagnose(machine(A={**PASS, "Assign": {"a-b": 1, "states": 2, "1x.$": "$.x"}}))
    assert [each.code for each in found] == ["INVALID_VARIABLE_NAME", "RESERVED_VARIABLE_NAME", "INVALID_VARIABLE_NAME"]


# --- intrinsic functions


@pytest.mark.parametrize(
    "call",
    [
        "States.Format('{} of {}', $.a, $.b)", r"States.Format('it\'s \{\} {}', $.a)", "States.StringToJson($.j)",
        "States.JsonToString($)", "States.Array()", "States.Array(1, -2.5, 'x', true, null, $.a)",
        "States.ArrayPartition($.l, 2)", "States.ArrayContains($.l, 3)", "States.ArrayRange(1, 7, 3)",
        "States.ArrayGetItem($.l, 1)", "States.ArrayLength($.l)", "States.ArrayUnique($.l)", "States.Base64Encode($.a)",
        "States.Base64Decode('eA==')", "States.Hash($.a, 'SHA-256')", "States.JsonMerge($.o, $.p, false)",
        "States.MathRandom(1, 10)", "States.MathRandom(1, 10, 7)", "States.MathAdd($.b, -5)", "States.UUID()",
        "States.StringSplit('a,b)', ',')", "States.StringSplit('Hello\nWorld', '\n')",
        "States.MathAdd(States.ArrayLength(States.StringSplit($$.StateMachine.Name, '-')), -1)",
        "States.ArrayLength($.a[?(@.b == 'x,)')])", "States.JsonToString($.[?(@.year <= 1998)])",
        "States.MathAdd( $yCurrent , $x )", '''States.StringToJson('{"a": "b"}')''',
    ],
)  # fmt: skip
def test_every_intrinsic_function_can_be_called(call: str) -> None:
    assert value(call) == []
    assert noted(machine(A={**PASS, "Parameters": {"v.$": call}})) == []


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("States.Formatt('{}', $.a)", "there is no States.Formatt; did you mean `Format`?"),
        ("States.Format", "an intrinsic function is called as States.Name(…)"),
        ("States.Format('{}', $.a", "a `)` is missing at the end"),
        ("States.Format('{}, $.a)", "a `'` is not closed"),
        ('States.Format("{}", $.a)', 'no argument begins with `"{}", $.a)`; text stands in single quotes'),
        ("States.Format('{}' $.a)", "a `,` or a `)` is missing at `$.a)`"),
        ("States.UUID() + 1", "text goes on after the call: `+ 1`"),
        ("States.ArrayLength(l)", "no argument begins with `l)`; text stands in single quotes"),
        ("States.ArrayLength($.a[)", "`$.a[)` is no path: this `)` closes nothing"),
        ("States.Array(1,)", "no argument begins with `)`; text stands in single quotes"),
    ],
)
def test_a_call_that_cannot_be_read_is_refused_and_explained(call: str, why: str) -> None:
    (found,) = diagnose(machine(A={**PASS, "Parameters": {"v.$": call}}))
    assert found.message.endswith("must be a valid JSONPath or a valid intrinsic function call")
    assert found.hint == f": {why}"


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("States.UUID(1)", "States.UUID takes 0 arguments, not 1"),
        ("States.Hash($.a)", "States.Hash takes 2 arguments, not 1"),
        ("States.MathRandom(1)", "States.MathRandom takes 2 to 3 arguments, not 1"),
        ("States.Format()", "States.Format takes 1 or more arguments, not 0"),
        ("States.Format('{} {}', $.a)", "States.Format has 2 `{}` for 1 values"),
        ("States.ArrayLength(" * 11 + "$.a" + ")" * 11, "functions are nested deeper than 10"),
    ],
)
def test_a_call_that_can_only_fail_is_noted(call: str, why: str) -> None:
    assert value(call) == []
    assert noted(machine(A={**PASS, "Parameters": {"v.$": call}})) == [f"/States/A/Parameters/v.$ {why}"]


# --- the two query languages

ONLY = "The QueryLanguage is set to '{}', but field '{}' is only supported for the '{}' QueryLanguage"


def jsonata(**states: Any) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", **machine(**states)}


def output(expression: str) -> list[tuple[str, str]]:
    """Code and message of what is wrong with an expression."""
    found = refused(diagnose(jsonata(A={**PASS, "Output": f"{{% {expression} %}}"})))
    assert all(each.location == "/States/A/Output" for each in found)
    return [(each.code, each.message) for each in found]


def test_fields_of_the_other_language_are_refused_at_the_state() -> None:
    assert passes(Output=1) == [f"/States/A {ONLY.format('JSONPath', 'Output', 'JSONata')}"]
    assert said(jsonata(A={**PASS, "InputPath": "$.a", "Result": 1})) == [
        f"/States/A {ONLY.format('JSONata', 'InputPath', 'JSONPath')}",
        f"/States/A {ONLY.format('JSONata', 'Result', 'JSONPath')}",
    ]
    assert passes(QueryLanguage="JSONata", Output="{% 1 %}") == passes(Assign={"a": 1}) == []


def test_a_jsonata_machine_has_no_jsonpath_states_and_aws_says_no_more_of_them() -> None:
    assert said(jsonata(A={**PASS, "QueryLanguage": "JSONPath", "Output": "{% %"})) == [
        "/States/A 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
    ]


def test_an_unknown_language_counts_as_jsonata() -> None:
    enum = "Value should be one of the following: [JSONPath, JSONata]"
    assert passes(QueryLanguage="jsonata", Output="{% 1 %}") == [f"/States/A/QueryLanguage {enum}"]
    assert passes(QueryLanguage=5, Output=1) == ["/States/A/QueryLanguage Expected value of type [STRING]"]
    assert said({**jsonata(A={**PASS, "Output": 1}), "QueryLanguage": "jsonpath"}) == [f"/QueryLanguage {enum}"]


def test_the_language_of_a_map_is_its_own_and_not_that_of_the_states_in_it() -> None:
    inside = machine(P={**PASS, "Output": 1})
    each = {"Type": "Map", "QueryLanguage": "JSONata", "Items": "{% [1, 2] %}", "ItemProcessor": inside, "End": True}
    assert said(machine(M=each)) == [f"/States/M/ItemProcessor/States/P {ONLY.format('JSONPath', 'Output', 'JSONata')}"]
    assert said(jsonata(M=each)) == []


def test_rules_and_catchers_speak_the_language_of_their_state() -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsNull": True, "Next": "Z"}], "Default": "Z"}
    assert said(jsonata(A=choice, Z=PASS))[:1] == [
        f"/States/A/Choices[0] {ONLY.format('JSONata', 'Variable', 'JSONPath')}"
    ]
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Z"}], "Default": "Z"}
    assert said(jsonata(A=choice, Z=PASS)) == []
    assert f"/States/A/Choices[0] {ONLY.format('JSONPath', 'Condition', 'JSONata')}" in said(machine(A=choice, Z=PASS))
    call = {**INVOKE, "End": True, "Catch": [{**ALL, "Next": "A", "Output": 1}]}
    assert said(machine(A=call)) == [f"/States/A/Catch[0] {ONLY.format('JSONPath', 'Output', 'JSONata')}"]


# Pairs that ValidateStateMachineDefinition has answered
@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("a[1,2)", 'Expected "]", got ","'),
        ('"unterminated', "String literal must be terminated by a matching quote"),
        ("1 +", "Unexpected end of expression"),
        ('{"a":}', 'The symbol "}" cannot be used as a unary operator'),
        ("$x :=", "Unexpected end of expression"),
        ('$match("a", /abc', "No terminating / in regular expression"),
        ("", "Unexpected end of expression"),
    ],
)
def test_an_expression_that_cannot_be_read_is_refused_in_the_words_of_aws(expression: str, message: str) -> None:
    assert output(expression) == [("INVALID_JSONATA_EXPRESSION", message)]


def test_what_aws_left_out_of_jsonata_is_refused() -> None:
    code = "UNSUPPORTED_JSONATA_EXPRESSION"
    assert output("$$") == [(code, "Reference to '$$' is not supported.")]
    assert output("{'e': $states.errorOutput.Cause}") == [(code, "Field '$states.errorOutput' does not exist.")]
    catch = [
        {**ALL, "Next": "A", "Output": "{% $states.errorOutput %}", "Assign": {"e": "{% $states.errorOutput.Error %}"}}
    ]
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f"}}
    assert said(jsonata(A={**call, "End": True, "Catch": catch})) == []


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input", "$sum($states.input.items.price)", "$states.input.items[price > 10].{'name': name}",
        "($n := 5; $n + 1)", "function($x){$x * 2}(3)", "$states.input ~> $keys()", "$map([1..3], function($v){$v})",
        "$count($states.result[$ = 0])",
        "$parse($states.input.body)", "$states.context.Execution.Id", "$exists($a) ? $a : 'none'", "/* c */ $a.`a b`.c",
        "$now() & ' ' & $uuid()", "$states.input.**.price", "$a^(>price)", "$a{name: price}",
        "$map($a, function($x){ $x.phone })",
        "$a.($ & name)", "$a ~> |items|{'price': cost}|", "true", "null", "$random()", "$partition([1,2], 2)",
    ],
)  # fmt: skip
def test_jsonata_that_aws_speaks_passes(expression: str) -> None:
    assert output(expression) == []


# Pairs that ValidateStateMachineDefinition has answered, and others like them
@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("phone", ["phone"]), ("phone[0]", ["phone"]), ("aaa + bbb", ["aaa", "bbb"]), ("$.phone", ["$"]),
        ("$[0]", ["$"]),
        ("$sum(items.price)", ["items"]), ("{'e': [x, y]}", ["x", "y"]), ("a ? b : c", ["a", "b", "c"]),
        ("($n := m; $n)", ["m"]), ("(a.b).c", ["a"]), ("a[b = 1]^(>c){d: e}", ["a"]),
        ("-`a b`", ["a b"]), ("$$", []),
    ],
)  # fmt: skip
def test_a_name_that_stands_in_nothing_is_refused_in_the_words_of_aws(expression: str, names: list[str]) -> None:
    loose = [(code, message) for code, message in output(expression) if "top level" in message]
    assert loose == [
        ("UNSUPPORTED_JSONATA_EXPRESSION", f"Reference to '{name}' at the top level is not supported.")
        for name in names
    ]


def test_names_of_columns_are_no_expressions() -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": "b", "Key": "k"},
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["{% phone %}"]},
    }  # fmt: skip
    each = {"Type": "Map", "ItemReader": reader, "ItemProcessor": {"StartAt": "I", "States": {"I": PASS}}, "End": True}
    assert said(jsonata(M=each)) == []


def test_expressions_are_looked_for_wherever_aws_evaluates_them() -> None:
    bad = "{% 1 + %}"
    assert said(jsonata(A={"Type": "Fail", "Error": bad, "Cause": bad})) == [
        "/States/A/Error Unexpected end of expression",
        "/States/A/Cause Unexpected end of expression",
    ]
    nested = {"a": [{"b": bad}], "c": "plain {% text"}
    assert said(jsonata(A={**PASS, "Output": nested})) == ["/States/A/Output/a[0]/b Unexpected end of expression"]
    wait = {"Type": "Wait", "Seconds": "{% $states.input.s %}", "End": True}
    assert said(jsonata(A=wait)) == []
    assert said(machine(A=wait)) == ["/States/A/Seconds Expected value of type Integer"]


def test_an_expression_is_closed() -> None:
    assert said(jsonata(A={**PASS, "Output": "{% 1"})) == [
        "/States/A/Output JSONata string must start with {% and end with %}"
    ]


def test_reading_jsonata_leaves_the_stack_of_the_process_alone() -> None:
    limit = sys.getrecursionlimit()
    output("1")
    deep = jsonata(A={**PASS, "Output": "{% " + "[" * 5_000 + "]" * 5_000 + " %}"})
    assert said(deep) == []
    assert sys.getrecursionlimit() == limit


# --- references of a lab


def test_a_reference_of_a_lab_may_stand_for_any_value() -> None:
    states = {
        "A": {
            "Type": "Task", "Resource": "${work.arn}", "TimeoutSeconds": "${seconds}", "ResultPath": "${path}",
            "Parameters": {"FunctionName": "${work.arn}", "v.$": "${value}", "w.$": "States.Format('${a}')"},
            "Retry": [{"ErrorEquals": "${errors}", "MaxAttempts": "${n}"}], "Next": "B",
        },
        "B": {"Type": "Task", "Resource": "arn:aws:states:::${service}:invoke", "Parameters": "${all}", "Next": "C"},
        "C": {
            "Type": "Choice", "Default": "${where}",
            "Choices": [{"Variable": "$.x", "NumericEquals": "${n}", "Next": "D"}, "${rule}"],
        },
        "D": {"Type": "Wait", "Timestamp": "${when}", "End": True},
        "E": "${state}",
    }  # fmt: skip
    assert diagnose(machine(**states)) == []


def test_a_reference_may_stand_inside_an_expression() -> None:
    assert output("'${orders.url}' & $states.input.x") == output("$states.input.n > ${limit}") == []
    assert output("${limit} +") == [("INVALID_JSONATA_EXPRESSION", "Unexpected end of expression")]
