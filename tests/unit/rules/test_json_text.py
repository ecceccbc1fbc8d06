"""The words of AWS's JSON parser: the same for definitions and for inputs, whichever Python reads the text."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from labcli.local.stepfunctions.refusals import json_trouble
from labcli.rules.asl.diagnose import diagnose_text
from labcli.rules.asl.json_text import Broken, broken

VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
BRACE = "Unexpected character ('}' (code 125)): "
BROKEN = {
    "not some json": f"Unrecognized token 'not': was expecting {VALUES}",
    "{'a': 1}": "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
    '{"a": 1,}': BRACE + "was expecting double-quote to start field name",
    '{"a": [1,]}': f"Unexpected character (']' (code 93)): expected a valid value {VALUES}",
    '{"a" 1}': "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
    '{"a": 1 "b": 2}': "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
    '{"a": [1 2]}': "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
    '{"a": }': BRACE + f"expected a valid value {VALUES}",
    '{"a": NaN}': f"Unrecognized token 'NaN': was expecting {VALUES}",
    '{"a": -Infinity}': f"Unrecognized token '-Infinity': was expecting {VALUES}",
    '{"a": truth}': f"Unrecognized token 'truth': was expecting {VALUES}",
    '{"a": "b': "Unexpected end-of-input",
    '{"a":': "Unexpected end-of-input",
    '{"a": "\t"}': "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included "
    "in string value",
    '{"a\n": 1}': "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included "
    "in name",
    '{"a": "\\q"}': "Unrecognized character escape 'q' (code 113)",
    '{"a": "\\u00g0"}': "Unexpected character ('g' (code 103)): expected a hex-digit for character escape sequence",
    '{"a": 01}': "Invalid numeric value: Leading zeroes not allowed",
    '{"a": 1.}': "Unexpected character ('}' (code 125)) in numeric value: Decimal point not followed by a digit",
    '{"a": -}': "Unexpected character ('}' (code 125)) in numeric value: expected digit (0-9) to follow minus sign, "
    "for valid numeric value",
    '{"a": é}': f"Unexpected character ('é' (code 233)): expected a valid value {VALUES}",
    '{"a": “b”}': f"Unexpected character ('“' (code 8220 / 0x201c)): expected a valid value {VALUES}",
}


@pytest.mark.parametrize(("text", "words"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_definition_and_an_input_are_refused_in_the_same_words(text: str, words: str) -> None:
    (found,) = diagnose_text(text)
    assert found.message.split("\n at [Source")[0] == words
    assert json_trouble(text) == words


def test_an_input_is_one_value_and_nothing_after_it() -> None:
    assert json_trouble(' {"a": [1, "b", null, {}]} \n') == json_trouble("0") == json_trouble('"é\\u00e9"') == ""
    assert json_trouble('{"a": 1} x') == f"Unrecognized token 'x': was expecting {VALUES}"
    assert json_trouble("1 2") == "Unexpected character ('2' (code 50))"
    assert json_trouble(" ") == "Invalid execution input."


def test_it_stops_where_aws_stops() -> None:
    assert broken('{"a":1,\n}') == Broken(BRACE + "was expecting double-quote to start field name", 9)
    assert broken("nonsense") == Broken(f"Unrecognized token 'nonsense': was expecting {VALUES}", 8)


def test_bottomless_texts_are_refused_before_any_python_fails_at_them() -> None:
    deep = "[" * 501 + "]" * 501
    assert json_trouble(deep) == "The definition cannot be read: values are nested too deeply"
    assert json_trouble(deep[1:-1]) == ""
    assert json_trouble("[" * 1_000_000).endswith("nested too deeply")


@pytest.mark.parametrize("seed", range(20))
def test_what_python_refuses_is_refused_with_a_reason(seed: int) -> None:
    rng = random.Random(seed)
    whole = json.dumps({"a": [1, -2.5e3, 'x\\"é\n', None, True], "b": {"c": {}, "d": []}}, ensure_ascii=False)
    for _ in range(200):
        text = list(whole)
        for _ in range(rng.randint(1, 3)):
            text[rng.randrange(len(text))] = rng.choice('{}[]:,"\\ \n0x$\x00.e-')
        said = "".join(text)
        try:
            json.loads(said)
        except ValueError:
            assert json_trouble(said), said
        else:
            assert json_trouble(said) == "", said


@pytest.mark.parametrize("other", ["python3.12", "python3.13", "python3.14"])
def test_another_python_says_the_same(other: str) -> None:
    program = shutil.which(other)
    if program is None:
        pytest.skip(f"there is no {other} here")
    code = "import json, sys; from labcli.rules.asl.json_text import broken\n"
    code += "print(json.dumps([broken(text) for text in json.load(sys.stdin)]))"
    texts = [*BROKEN, '{"a": 1} x', "[" * 100_000, '{"a":' + "9" * 5_000 + "}"]
    top = Path(__file__).parents[3]
    given = [program, "-B", "-c", code]
    asked = subprocess.run(given, input=json.dumps(texts), cwd=top, capture_output=True, encoding="utf-8", check=False)
    if asked.returncode == 127:
        pytest.skip(f"{other} cannot run here")
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout) == [list(broken(text) or ()) for text in texts]
