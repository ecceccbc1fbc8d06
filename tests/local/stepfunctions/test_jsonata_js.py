"""Our evaluator of JSONata against the one of its authors, jsonata-js, over expressions of ours.

It runs where LABCLI_JSONATA_JS names the folder of the npm package and node is there (docs/corrections.md); nothing is
downloaded. The package comes without the authors' own tests.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labcli.local.stepfunctions.interpreter.jsonata import Jsonata

PACKAGE, NODE = os.environ.get("LABCLI_JSONATA_JS", ""), shutil.which("node")
PROGRAM = """
const jsonata = require(process.argv[1]);
let text = '';
process.stdin.on('data', part => text += part).on('end', async () => {
  const {input, expressions} = JSON.parse(text), found = [];
  for (const each of expressions) {
    try {
      const value = await jsonata(each).evaluate(undefined, {states: {input}});
      let text;
      try { text = JSON.stringify(value); } catch (circle) { }
      found.push(value === undefined ? 'nothing' : text === undefined ? 'odd' : {value: JSON.parse(text)});
    } catch (error) { found.push('error'); }
  }
  console.log(JSON.stringify(found));
});
"""
INPUT: dict[str, Any] = {
    "order": {"id": "o-1", "total": 110.5, "paid": True, "note": None, "tags": ["new", "vip", "new"]},
    "items": [
        {"name": "pen", "price": 2, "count": 10, "kind": "office"},
        {"name": "book", "price": 12.5, "count": 1, "kind": "home"},
        {"name": "lamp", "price": 40, "count": 2, "kind": "home"},
    ],
    "deep": {"a": [{"b": [1, 2]}, {"b": [3]}, {"c": 4}]},
    "text": "Zürich, Bern; Basel",
    "numbers": [3, 1, 2, -4, 0.5],
    "when": "2026-11-29T10:15:30.000Z",
    "empty": [],
}
EXPRESSIONS = r"""
$i.order.id
$i.order.missing
$i.order.note
$i.items.name
$i.items[0].name
$i.items[-1].name
$i.items.price[0]
($i.items.price)[0]
$i.items[price > 10].name
$i.items[kind = 'home' and count > 1]
$i.items[kind = 'none']
$i.items[[0..1]].name
$i.deep.a.b
$i.deep.a.b[0]
$i.deep.**.b
$i.deep.*
$i.items.{'n': name, 'sum': price * count}
$i.items{kind: $sum(price)}
$i.items{name: count}
$sum($i.items.(price * count))
$i.items^(price).name
$i.items^(>price).name
$i.items^(kind, >name).name
$i.items.name[]
$i.order.id[]
[$i.order.id, $i.missing]
[1..5]
[3..1]
$i.empty
$i.order.tags ~> $distinct()
1 + 2 * 3 - 4 / 8
7 % 3
-7 % 3
1 / 0
0.1 + 0.2
'a' & 1 & true & null
'a' + 1
1 < 'a'
1 = '1'
null = null
[1, 2] = [1, 2]
{'a': 1} = {'a': 1}
2 in [1, 2]
'x' in 'x'
true and 'text'
false or $i.empty
$not($i.empty)
$i.order.paid ? 'yes' : 'no'
$i.missing ? 'yes' : 'no'
$i.missing ?: 'other'
$i.missing ?? 'other'
$i.order.note ?? 'other'
($x := 3; $x * $x)
($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(10))
$map($i.numbers, function($v, $n) { $v * $n })
$map($i.numbers, function($v) { $v > 1 ? $v })
$filter($i.numbers, function($v) { $v > 1 })
$reduce($i.numbers, function($a, $b) { $a + $b })
$reduce($i.numbers, function($a, $b) { $a & $b }, '>')
$single($i.items, function($v) { $v.name = 'pen' }).price
$single($i.items, function($v) { $v.kind = 'home' })
$sift($i.order, function($v, $k) { $k in ['id', 'total'] })
$each($i.order, function($v, $k) { $k })
$sort($i.numbers)
$sort($i.items, function($a, $b) { $a.price < $b.price }).name
$reverse($i.numbers)
$zip([1, 2, 3], ['a', 'b'])
$append([1], [2, 3])
$count($i.items)
$count($i.missing)
$max($i.numbers)
$min($i.numbers)
$average($i.numbers)
$sum([])
$max([])
$keys($i.order)
$keys($i.items)
$lookup($i.order, 'id')
$merge([{'a': 1}, {'b': 2}, {'a': 3}])
$spread({'a': 1, 'b': 2})
$exists($i.order.note)
$exists($i.missing)
$type($i.order.note)
$type($i.items)
$type($i.missing)
$string(1.5)
$string($i.order)
$string([1, 'a', null])
$string(1e21)
$string(0.1 + 0.2)
$string(100000000000000000000)
$number('12.5')
$number('0x1f')
$number('x')
$number(true)
$boolean('')
$boolean('false')
$boolean([0, 0])
$boolean({})
$length($i.text)
$substring($i.text, 0, 6)
$substring($i.text, -5)
$substring($i.text, 3, -1)
$substringBefore($i.text, ',')
$substringAfter($i.text, '; ')
$substringAfter($i.text, 'none')
$uppercase($i.text)
$lowercase($i.text)
$trim('  a   b  ')
$pad('x', 4, '-')
$pad('x', -4)
$contains($i.text, 'Bern')
$contains($i.text, /b[a-z]+/i)
$split($i.text, ', ')
$split($i.text, /[,;] /)
$split('a-b-c', '-', 2)
$join(['a', 'b'], '-')
$join($i.items.name)
$join($i.numbers)
$match('a1b22', /[a-z](\d+)/)
$match('a1b22', /[a-z](\d+)/).groups
$replace($i.text, 'e', 'E')
$replace($i.text, /(\w+); (\w+)/, '$2; $1')
$replace('aaa', 'a', 'b', 2)
$replace('abc', /b/, function($m) { $uppercase($m.match) })
$replace('abc', '', 'x')
$base64encode('Zurich')
$base64decode('WnVyaWNo')
$encodeUrlComponent('a b/ü')
$decodeUrlComponent('a%20b')
$encodeUrl('https://x/ü?a=b c')
$abs(-3)
$floor(-1.5)
$ceil(-1.5)
$round(2.5)
$round(3.5)
$round(-2.5)
$round(123.456, 2)
$round(125, -1)
$power(2, 10)
$power(2, 0.5)
$sqrt(16)
$sqrt(-1)
$formatNumber(12345.678, '#,##0.00')
$formatNumber(0.14, '01%')
$formatNumber(-6, '000')
$formatBase(255, 16)
$formatInteger(1999, 'I')
$formatInteger(21, 'w')
$formatInteger(12, '000')
$parseInteger('twelve', 'w')
$parseInteger('MCMXCIX', 'I')
$toMillis($i.when)
$toMillis('2026-11-29')
$toMillis('29/11/2026', '[D01]/[M01]/[Y0001]')
$fromMillis(1795947330000)
$fromMillis(1795947330000, '[D01].[M01].[Y0001] [H01]:[m01]:[s01]')
$fromMillis(1795947330000, '[FNn], [D1o] of [MNn] [Y]')
$fromMillis(1795947330000, '[H01]:[m01]', '+0530')
$assert(true, 'no')
$assert(false, 'no')
$error('mine')
$i ~> |items|{'total': price * count}, ['count']|
$i.items ~> $map(function($v) { $v.name }) ~> $join(',')
$i.items@$x.$x.name
$i.items#$n.{'n': $n, 'name': name}
$i.deep.a.b.%.b
$i.items.(kind = 'home' ? name)
function($a) { $a }
$sum('a')
$i.order.id.length
$unknown(1)
1 +
`items`
"quoted".a
$i.'order'.id
$i.`order`.`id`
$shuffle([1])
$formatNumber(1, 'a')
""".strip().splitlines()
DIFFERENT = {"1 / 0", "$string(100000000000000000000)"}
"""Infinity, which is no JSON; and a number that the library writes with an exponent where JavaScript does not yet."""


@pytest.mark.skipif(not NODE or not Path(PACKAGE, "package.json").is_file(), reason="LABCLI_JSONATA_JS: no jsonata-js")
def test_expressions_give_what_they_give_in_jsonata_js(figure: Callable[[str], None]) -> None:
    written = [f"($i := $states.input; {each})" for each in EXPRESSIONS]
    given = json.dumps({"input": INPUT, "expressions": written})
    command = [str(NODE), "-e", PROGRAM, PACKAGE]
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", timeout=60, check=True)
    theirs = json.loads(done.stdout)

    async def ours() -> list[Any]:
        evaluator = Jsonata()
        try:
            return [(await evaluator.evaluate([each], {"states": {"input": INPUT}}))[0] for each in written]
        finally:
            children = tuple(evaluator.all)
            evaluator.close()
            await asyncio.gather(*(child.wait() for child in children))

    found = [_plain(each) for each in asyncio.run(ours())]
    differing = [
        (text, left, right) for text, left, right in zip(EXPRESSIONS, found, theirs, strict=True) if left != right
    ]
    figure(f"JSONata: {len(EXPRESSIONS) - len(differing)} of {len(EXPRESSIONS)} expressions as in jsonata-js")
    assert {text for text, *_ in differing} == DIFFERENT, differing


def _plain(answer: Any) -> Any:
    if "value" in answer:
        return {"value": answer["value"]}
    return next(kind for kind in ("nothing", "odd", "error") if kind in answer)
