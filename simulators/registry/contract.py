"""Holds every exchange against the OpenAPI document: what a station sends and what the registry answers."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry as Resources
from referencing.jsonschema import DRAFT202012

_HERE: Final = "urn:contract"
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # eight times as fast, where PyYAML was built with it


@functools.cache
def document_text() -> str:
    """Return the contract as it is written, YAML."""
    return resources.files("simulators.registry").joinpath("openapi.yaml").read_text()


@functools.cache
def contract() -> Contract:
    """Return the contract, which a process reads once."""
    return Contract()


@dataclass(frozen=True, slots=True)
class Breach:
    """One place in which an exchange breaks the contract; never carries what was sent.

    Attributes:
        where: `body/jobs/0/sealed`, `query station`, `header Idempotency-Key`, `status`.
        rule: what the contract demands there.
    """

    where: str
    rule: str


class Contract:
    """The OpenAPI document, ready to check exchanges.

    An operation is named by its `operationId`.
    """

    def __init__(self) -> None:
        self._document: dict[str, Any] = yaml.load(document_text(), _Loader)  # noqa: S506 - one of the two safe loaders
        resource = DRAFT202012.create_resource(self._document)
        self._resources: Resources[Any] = Resources().with_resource(_HERE, resource)
        self._operations: dict[str, tuple[str, ...]] = {
            operation["operationId"]: ("paths", path, method)
            for path, methods in self._document["paths"].items()
            for method, operation in methods.items()
        }

    def operations(self) -> Iterator[tuple[str, str, str, bool]]:
        """Yield each operation as (operation, method, path, whether a client certificate is needed)."""
        for operation, (_, path, method) in self._operations.items():
            yield operation, method.upper(), path, self._at(operation).get("security") != []

    def claims_breaches(self, schema: str, claims: object) -> list[Breach]:
        """Hold a signed payload against a schema of the document, such as `JobClaims`."""
        return self._breaches("claims", ("components", "schemas", schema), claims)

    def request_breaches(
        self, operation: str, query: Mapping[str, str], headers: Mapping[str, str], body: object
    ) -> list[Breach]:
        """Hold a request against the contract.

        Args:
            operation: its `operationId`.
            query: the query's parameters, still text.
            headers: all headers, by any case if the mapping allows it.
            body: the decoded JSON; None if there was no body.
        """
        found: list[Breach] = []
        known: set[str] = set()
        for index, parameter in enumerate(self._at(operation).get("parameters", [])):
            path = (*self._operations[operation], "parameters", str(index))
            if "$ref" in parameter:
                path = tuple(parameter["$ref"].removeprefix("#/").split("/"))
                parameter = self._walk(path)  # noqa: PLW2901 - the thing that it refers to
            place, name = parameter["in"], parameter["name"]
            known.add(name)
            text = (query if place == "query" else headers).get(name)
            if text is None:
                found += [Breach(f"{place} {name}", "is required")] if parameter.get("required") else []
            else:
                found += self._breaches(f"{place} {name}", (*path, "schema"), self._typed(path, text))
        found += [Breach(f"query {name}", "is not in the contract") for name in query if name not in known]
        if "requestBody" in self._at(operation):
            path = (*self._operations[operation], "requestBody", "content", "application/json", "schema")
            found += self._breaches("body", path, body)
        elif body is not None:
            found.append(Breach("body", "there is none in the contract"))
        return found

    def response_breaches(
        self, operation: str, status: int, content_type: str, headers: Mapping[str, str], body: object
    ) -> list[Breach]:
        """Hold an answer against the contract; `body` is decoded JSON, text, or None for an empty one."""
        responses = self._at(operation)["responses"]
        name = str(status) if str(status) in responses else "default"
        path = (*self._operations[operation], "responses", name)
        response = responses[name]
        if "$ref" in response:
            path = tuple(response["$ref"].removeprefix("#/").split("/"))
            response = self._walk(path)
        if name == "default" and status < 400:  # noqa: PLR2004 - the default answer is a problem
            return [Breach("status", "is not in the contract")]
        found: list[Breach] = []
        for header, definition in response.get("headers", {}).items():
            if header in headers:
                found += self._breaches(f"header {header}", (*path, "headers", header, "schema"), headers[header])
            elif definition.get("required"):
                found.append(Breach(f"header {header}", "is required"))
        content = response.get("content", {})
        if not content:
            return found + ([Breach("body", "there is none in the contract")] if body is not None else [])
        if content_type not in content:
            return [*found, Breach("header Content-Type", f"must be {' or '.join(content)}")]
        return found + self._breaches("body", (*path, "content", content_type, "schema"), body)

    def _at(self, operation: str) -> dict[str, Any]:
        return self._walk(self._operations[operation])

    def _walk(self, path: tuple[str, ...]) -> dict[str, Any]:
        place: Any = self._document
        for step in path:
            place = place[int(step)] if isinstance(place, list) else place[step]
        return dict(place)

    def _typed(self, path: tuple[str, ...], text: str) -> object:
        schema = self._walk((*path, "schema"))
        if "$ref" in schema:
            schema = self._walk(tuple(schema["$ref"].removeprefix("#/").split("/")))
        is_number = schema.get("type") == "integer" and text.isascii() and text.isdigit() and len(text) < 20  # noqa: PLR2004
        return int(text) if is_number else text

    @functools.cache  # noqa: B019 - one contract a process
    def _validator(self, path: tuple[str, ...]) -> Draft202012Validator:
        pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in path)
        return Draft202012Validator({"$ref": f"{_HERE}#/{pointer}"}, registry=self._resources)

    def _breaches(self, place: str, path: tuple[str, ...], value: object) -> list[Breach]:
        found = []
        for error in self._validator(path).iter_errors(value):
            where = "/".join([place, *(str(step) for step in error.absolute_path)])
            rule = "has members that are not in the contract" if error.validator == "additionalProperties" else None
            found.append(Breach(where, rule or f"must satisfy {error.validator}: {error.validator_value!s:.120}"))
        return found
