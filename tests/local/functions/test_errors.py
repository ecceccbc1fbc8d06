"""How a function's errors look to its caller: names, texts and shapes are AWS's (recorded, or awslambdaric's)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labcli.local.life import Endpoint
from tests.local.conftest import until
from tests.local.functions.calls import Lambdas


@pytest.fixture(scope="module")
def lambdas(endpoint: Endpoint) -> Iterator[Lambdas]:
    made = Lambdas(endpoint)
    yield made
    made.close()


def test_an_exception_is_named_by_its_class_with_the_stack_as_on_aws(lambdas: Lambdas) -> None:
    code = "class PaymentDeclined(Exception):\n    pass\n\n\ndef handler(event, context):\n    pay()\n\n\n"
    name = lambdas.function(code + 'def pay():\n    raise PaymentDeclined("card declined")\n')
    answer = lambdas.invoke(name)
    assert answer.raw["StatusCode"] == 200
    assert answer.raw["FunctionError"] == "Unhandled"
    assert answer.value == {
        "errorMessage": "card declined",
        "errorType": "PaymentDeclined",
        "requestId": answer.raw["ResponseMetadata"]["RequestId"],
        "stackTrace": [
            '  File "/var/task/f.py", line 6, in handler\n    pay()\n',
            '  File "/var/task/f.py", line 10, in pay\n    raise PaymentDeclined("card declined")\n',
        ],
    }
    assert "[ERROR] PaymentDeclined: card declined\nTraceback (most recent call last):" in answer.log


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'f'"),
        ("import not_there", "Runtime.ImportModuleError", "Unable to import module 'f': No module named 'not_there'"),
        ("def handler(:\n  pass", "Runtime.UserCodeSyntaxError", "Syntax error in module 'f': "),
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        (
            "def handler(event, context): return {1, 2}",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set is not JSON serializable",
        ),
        (
            "def handler(event, context): return 'x' * (6 * 1024 * 1024 + 100)",
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        ),
    ],
)
def test_what_the_runtime_says(lambdas: Lambdas, code: str, kind: str, text: str) -> None:
    name = lambdas.function(code)
    for _ in range(2):  # the second time as the first
        answer = lambdas.invoke(name)
        assert answer.error == kind
        assert answer.value["errorMessage"].startswith(text)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import sys\ndef handler(e, c): sys.exit(0)", "Runtime exited without providing a reason"),
        ("import os\ndef handler(e, c): os._exit(3)", "Runtime exited with error: exit status 3"),
        ("import sys\nsys.exit(4)", "Runtime exited with error: exit status 4"),
        ("import os\ndef handler(e, c): os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("import os\ndef handler(e, c): os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation"),
    ],
)
def test_a_process_that_ends(lambdas: Lambdas, code: str, reason: str) -> None:
    name = lambdas.function(code)
    answer = lambdas.invoke(name)
    request = answer.raw["ResponseMetadata"]["RequestId"]
    assert answer.error == "Runtime.ExitError"
    assert answer.value["errorMessage"].startswith(f"RequestId: {request} Error: {reason}")
    assert set(answer.value) == {"errorType", "errorMessage"}
    assert "Error Type: Runtime.ExitError" in answer.log
    lambdas.change(name, "def handler(e, c): return 'well'")
    assert lambdas.invoke(name).value == "well"


def test_a_timeout_ends_the_process_and_nothing_else(lambdas: Lambdas) -> None:
    code = "import time\ndef handler(event, context):\n    print('begun')\n    time.sleep(event)\n    return 'done'\n"
    name = lambdas.function(code, Timeout=1)
    assert lambdas.invoke(name, 0).value == "done"
    answer = lambdas.invoke(name, 30)
    request = answer.raw["ResponseMetadata"]["RequestId"]
    assert answer.value == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request} Error: Task timed out after 1.00 seconds",
    }
    assert "begun" in answer.log and "Status: timeout" in answer.log
    assert lambdas.invoke(name, 0).value == "done"


def test_a_handler_without_a_dot(lambdas: Lambdas) -> None:
    answer = lambdas.invoke(lambdas.function("", Handler="handler"))
    assert answer.error == "Runtime.MalformedHandlerName"


def test_after_an_exception_the_process_stays(lambdas: Lambdas) -> None:
    code = "seen = []\ndef handler(event, context):\n    seen.append(event)\n    return seen[event]\n"
    name = lambdas.function(code)
    assert lambdas.invoke(name, 0).value == 0
    assert lambdas.invoke(name, 9).error == "IndexError"
    assert lambdas.invoke(name, 2).value == 2


def test_the_log_of_one_invocation(lambdas: Lambdas) -> None:
    name = lambdas.function("print('imported')\ndef handler(event, context):\n    print('one\\ntwo')\n    return 1\n")
    first, second = lambdas.invoke(name), lambdas.invoke(name)
    request = first.raw["ResponseMetadata"]["RequestId"]
    lines = first.log.splitlines()
    expected = ["imported", f"START RequestId: {request} Version: $LATEST", "one", "two", f"END RequestId: {request}"]
    assert lines[:5] == expected
    assert lines[5].startswith(f"REPORT RequestId: {request}\tDuration: ")
    assert "Init Duration: " in lines[5]
    assert "imported" not in second.log and "Init Duration" not in second.log


def test_decimals_and_odd_values_are_marshalled_as_by_aws(lambdas: Lambdas) -> None:
    code = "from decimal import Decimal\ndef handler(event, context): return [Decimal('1.5'), None, 'ü😀', (1,)]\n"
    assert lambdas.invoke(lambdas.function(code)).value == [1.5, None, "ü😀", [1]]
    half = lambdas.function("def handler(event, context): return '\\ud800'\n")
    assert lambdas.invoke(half).error == "Runtime.MarshalError"


def test_new_code_does_not_end_what_is_under_way(lambdas: Lambdas, tmp_path: Path) -> None:
    marker, code = str(tmp_path / "begun"), "import time\ndef handler(event, context):\n    open(event, 'w').close()\n"
    code += "    time.sleep(1)\n    return 'old'\n"
    name = lambdas.function(code, Timeout=10)
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(lambdas.invoke, name, marker)
        until((tmp_path / "begun").exists, "the call to be under way")
        lambdas.change(name, "def handler(event, context): return 'new'\n")
        assert lambdas.invoke(name).value == "new"
        assert old.result().value == "old"


def test_a_logger_that_only_sets_a_level_is_heard(lambdas: Lambdas) -> None:
    code = "import logging\nlog = logging.getLogger()\nlog.setLevel('INFO')\n"
    name = lambdas.function(
        code + "def handler(event, context):\n    log.info('paid %s', event)\n    log.debug('no')\n"
    )
    answer = lambdas.invoke(name, 7)
    request = answer.raw["ResponseMetadata"]["RequestId"]
    line = answer.log.splitlines()[1]
    assert line.startswith("[INFO]\t") and line.endswith(f"Z\t{request}\tpaid 7")
    assert answer.log.splitlines()[2].startswith("END")
