"""What a reference can see at one place of a lab: resources, saved values, the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from labcli.lab import refs
from labcli.lab.aws import Catalog, Kind
from labcli.lab.model import Lab, ResourceSpec, Where
from labcli.lab.reader import Findings
from labcli.lab.refs import Ref
from labcli.lab.vocabulary import Vocabulary
from labcli.rules.near import nearest

RUN_ATTRIBUTES = ("id", "lab")


@dataclass
class Scope:
    """The names that are known where a step stands. ``child`` opens a block whose saves stay inside it."""

    lab: Lab
    kinds: Mapping[str, Kind]
    catalog: Catalog
    findings: Findings
    later: Mapping[str, str] = field(default_factory=dict)
    """Every name that some step saves, and that step's number."""
    saved: dict[str, str] = field(default_factory=dict)
    """The names saved so far, and the type of each (``string``, ``integer`` … or ``any``)."""
    number: str = ""
    makers: Mapping[str, str] = field(default_factory=dict)
    """Every resource that some step creates, and that step's number."""
    made: set[str] = field(default_factory=set)
    """The resources created so far; what a block creates stays."""
    perishing: frozenset[str] = frozenset()
    """The names saved so far that may hold a receipt handle or a task token: nothing says them."""
    used: set[str] = field(default_factory=set)
    """The roots of every reference seen so far, anywhere."""
    aside: bool = False
    """Whether a check stands here: it is asked when the run is long over."""
    solves: bool = False
    """Whether a solution stands here: it does by itself what a learner does by hand, creates by any call too."""
    vocabulary: Vocabulary = field(default=None)  # type: ignore[assignment]
    """The words that the lab knows, for names of which only a run can tell."""

    def __post_init__(self) -> None:
        """One vocabulary for a scope and all inside it: it reads sources."""
        self.vocabulary = self.vocabulary or Vocabulary(self.lab, self.kinds, self.catalog)

    def child(self) -> Self:
        """A scope for a block or an arm: it sees what stands here, and keeps its own saves."""
        return replace(self, saved=dict(self.saved))

    def resource(self, name: Any, where: Where, kind: str = "") -> ResourceSpec | None:
        """The resource that a labcli key names by its bare name; a problem when there is none."""
        text = name if isinstance(name, str) else ""
        if not text and kind:  # a missing name was reported where it was read
            return None
        spec = self.lab.spec(text)
        if spec is None:
            bare = text.removeprefix("${").split(".")[0].rstrip("}")
            if text.startswith("${") and bare in self.lab.resources:
                self.findings.add(where, f"a resource is named by its bare name here: {bare}")
            else:
                self.findings.add(where, f"no resource `{name}` in this lab{nearest(text, self.names)}")
        elif kind and spec.kind != kind:
            self.findings.add(where, f"`{name}` is a {spec.kind}, not a {kind}")
            return None
        elif kind:
            self._exists(text, "", where)
        return spec

    def _exists(self, name: str, said: str, where: Where) -> None:
        """A problem when no step before this one creates the resource."""
        if name in self.made or self.number.startswith("resource ") or name.partition(".")[0] in self.lab.needed:
            return
        maker = self.makers.get(name)
        if maker is None:
            self.findings.add(where, f"{said}no step creates `{name}`")
        elif not self.aside:
            self.findings.add(where, f"{said}`{name}` is created by step {maker}, after this step ({self.number})")

    def references(self, data: Any, where: Where) -> list[tuple[Where, Ref, str]]:
        """Every good reference in ``data`` with its type; a problem for each bad one."""
        good = []
        for place, text in refs.texts(data, where):
            try:
                found = [part for part in refs.parse(text) if isinstance(part, Ref)]
            except refs.BadRef as error:
                self.findings.add(place, str(error))
                continue
            for ref in found:
                kind = self.type_of(ref, place)
                if kind:
                    good.append((place, ref, kind))
        return good

    def said(self, text: Any, where: Where) -> None:
        """A problem for every reference in a text for a reader that finds nothing, or what nobody is shown."""
        for place, ref, _ in self.references(text, where):
            if ref.root in self.perishing:
                self.findings.add(place, f"{ref.text} may be a receipt handle or a task token: it is never shown")

    def type_of(self, ref: Ref, where: Where) -> str:
        """What a reference finds: ``url``, ``arn``, ``string``, ``any`` …; a problem, and empty, when nothing."""
        self.used.add(ref.root)
        if ref.root in self.saved:
            return "any" if ref.path else self.saved[ref.root]
        if ref.root in self.lab.needed:
            return self._borrowed(ref, where)
        spec = self.lab.resources.get(ref.root)
        if spec is not None:
            kind = self.kinds[spec.kind]
            found = self._attribute(ref, where, kind.attributes_of(spec))
            if found and ".".join(map(str, ref.path)) not in kind.known_before:
                self._exists(ref.root, f"{ref.text}: ", where)
            return found
        if ref.root == "run":
            return self._attribute(ref, where, dict.fromkeys(RUN_ATTRIBUTES, "string"))
        if ref.root in self.later:
            step, here = self.later[ref.root], self.number
            when = "not before" if "." in step else "after"
            if self.aside or here.startswith("resource "):
                self.findings.add(where, f"{ref.text} is saved by step {step}: {self._only}")
            elif step.split(".")[0] != here.split(".")[0] and "." in step:
                self.findings.add(where, f"{ref.text} is saved inside step {step}, and is known only there")
            elif step == here:
                self.findings.add(where, f"{ref.text} is saved by this very step ({here})")
            else:
                self.findings.add(where, f"{ref.text} is saved by step {step}, {when} this step ({here})")
            return ""
        known = [*self.lab.declared, *self.lab.needed, *self.saved, "run"]
        self.findings.add(where, f"{ref.text}: no resource or saved value `{ref.root}`{nearest(ref.root, known)}")
        return ""

    @property
    def names(self) -> list[str]:
        """Every name by which a step can name a resource."""
        return [*self.lab.declared, *(name for name, spec in self.lab.borrowed.items() if not spec.of)]

    def _borrowed(self, ref: Ref, where: Where) -> str:
        """``${wed.flow.arn}``: an attribute of another lab's resource."""
        resources = self.lab.needed[ref.root].resources
        name = str(ref.path[0]) if ref.path else ""
        spec = resources.get(name)
        if spec is None:
            said = f"{ref.text}: {ref.root} has no resource `{name}`{nearest(name, resources)}"
            self.findings.add(where, said)
            return ""
        return self._attribute(ref._replace(path=ref.path[1:]), where, self.kinds[spec.kind].attributes_of(spec))

    @property
    def _only(self) -> str:
        if self.aside:
            return "a check is asked when the run is over, and sees only resources"
        return "a declaration sees only resources"

    def _attribute(self, ref: Ref, where: Where, attributes: Mapping[str, str]) -> str:
        path = ".".join(str(at) for at in ref.path)
        if path in attributes:
            return attributes[path]
        said = ", ".join(f"${{{ref.root}.{name}}}" for name in attributes)
        near = nearest(path, attributes) if path else ""
        self.findings.add(where, f"{ref.text} finds nothing{near or f'; there is {said}'}")
        return ""
