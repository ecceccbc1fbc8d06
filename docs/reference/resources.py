"""The page of the resource kinds: their keys, attributes, calls and IAM actions."""

from __future__ import annotations

from docs.reference.examples import of_kind
from docs.reference.keys import Key, keys_read
from docs.reference.markdown import block, code, listed, paragraphs, table
from docs.reference.words import RESOURCE_KEYS, agree, attribute
from labcli.aws.catalog import BotoCatalog
from labcli.aws.resources import KINDS
from labcli.aws.resources.base import LiveKind
from labcli.lab.model import Planned

INTRO = """# Resources

What a lab creates is declared under `resources`: the key is the name that the lab uses, up to 32 letters, digits and
`_` from a letter; the kind's own key says which sort it is. In AWS it gets a name that holds the run
(`labcli-mon-k3f9x2a7-orders`) and three tags: `labcli:run`, `labcli:lab` and `labcli:owner`.

labcli's own keys name a resource by its bare name (`to: dlq`). AWS parameters name it by a reference (`${dlq.arn}`).
"""


def resources_page() -> str:
    """docs/resources.md."""
    catalog = BotoCatalog()
    parts = [INTRO]
    for word, kind in KINDS.items():
        parts += [f"## {word}\n", *(f"{each}\n" for each in paragraphs(kind))]
        if kind.brought:
            parts += _brought(kind)
            continue
        keys = keys_read(kind)
        agree(f"a key of the kind `{word}`", set(flat(keys)), RESOURCE_KEYS.get(word, {}))
        parts.append(key_table(keys, RESOURCE_KEYS[word]))
        attributes = [(code(f"${{NAME.{name}}}"), attribute(kind, name)) for name in kind.attributes]
        parts += ["References to it:\n", table(("reference", "what it is"), attributes)]
        found = of_kind(word)
        if found is None:
            raise SystemExit(f"no lab declares a `{word}`: add one to docs/examples")
        example, spec = found
        parts += [f"From `{example.file}`:\n", block(example.text, "yaml")]
        parts += ["What creates this one:\n", _calls(kind.shape(spec), catalog)]
        parts += ["What takes it away; nothing is deleted unless its tags say that it is this run's:\n"]
        parts += [_calls(kind.shape_of_delete(spec), catalog)]
    return "\n".join(parts)


def _brought(kind: LiveKind) -> list[str]:
    """What there is to say of a kind that no lab declares."""
    attributes = [(code(f"${{NAME.{name}}}"), attribute(kind, name)) for name in kind.attributes]
    return ["No lab declares one. What is known of it:\n", table(("reference", "what it is"), attributes)]


def flat(keys: dict[str, Key], above: str = "") -> dict[str, Key]:
    """Keys and the keys in them, as ``dead_letter.to``."""
    found: dict[str, Key] = {}
    for name, key in keys.items():
        found[above + name] = key
        found |= flat(key.inner, f"{above}{name}.")
    return found


def key_table(keys: dict[str, Key], meanings: dict[str, str]) -> str:
    """The keys with their kinds, ranges and defaults, and what they mean in words."""
    rows = []
    for name, key in flat(keys).items():
        if name not in meanings:  # a mapping that its keys explain
            continue
        default = "required" if key.required else code(key.default)
        rows.append((code(name), "" if key.kind == "anything" else key.kind, default, meanings[name]))
    return table(("key", "value", "default", "what it is"), rows)


def _calls(calls: list[Planned], catalog: BotoCatalog) -> str:
    rows = []
    for each in calls:
        known = catalog.operation(each.call.service, each.call.operation)
        times = "once" if str(each.times) == "1 ×" else str(each.times)
        rows.append((code(str(each.call)), times, listed([known.iam_action] if known else [])))
    return table(("call", "how often", "IAM action"), rows)
