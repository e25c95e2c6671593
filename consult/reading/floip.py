"""A release as a FLOIP Flow Results package (specification 1.0.0-rc1): a descriptor and a file of rows.

https://github.com/FLOIP/flow-results. The package carries released aggregates: every cell of every table is a numeric
question, answered once, by the release itself. No row is of a person.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from consult.reading.sheets import rows

SPECIFICATION: Final = "1.0.0-rc1"
FIELDS: Final = (
    ("timestamp", "Timestamp", "datetime"),
    ("row_id", "Row ID", "string"),
    ("contact_id", "Contact ID", "string"),
    ("session_id", "Session ID", "string"),
    ("question_id", "Question ID", "string"),
    ("response", "Response", "any"),
    ("response_metadata", "Response Metadata", "object"),
)


def package(document: Mapping[str, Any], sha256: str, day: str, language: str) -> dict[str, str]:
    """File name -> text. `day`: of the release, 2026-03-01; `language`: of the question labels, ISO 639-3."""
    name = f"{document['consultation'].replace('_', '-')}-release-{document['number']}"
    at = f"{day}T00:00:00+00:00"
    cells = list(_cells(document))
    descriptor = {
        "profile": "flow-results-package",
        "name": name,
        "flow_results_specification_version": SPECIFICATION,
        "created": at,
        "modified": at,
        "id": str(uuid.UUID(bytes=bytes.fromhex(sha256)[:16], version=4)),
        "title": next(iter(document["title"].values())),
        "resources": [
            {
                "name": f"{name}-data",
                "path": f"{name}-data.json",
                "access_method": "file",
                "mediatype": "application/json",
                "encoding": "utf-8",
                "schema": {
                    "language": language,
                    "fields": [{"name": field, "title": title, "type": kind} for field, title, kind in FIELDS],
                    "questions": {
                        id: {"type": "numeric", "label": label, "type_options": {}} for id, label, _ in cells
                    },
                },
            }
        ],
    }
    data = [[at, str(n), name, name, id, people, None] for n, (id, _, people) in enumerate(cells, 1)]
    return {
        f"{name}.json": json.dumps(descriptor, ensure_ascii=False, indent=1),
        f"{name}-data.json": json.dumps(data, ensure_ascii=False),
    }


def _cells(document: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Id, label and people of every cell with a number."""
    labels = {each["name"]: next(iter(each["label"].values()), each["name"]) for each in document["wording"]}
    for _, _, frame, question, variable, group, answer, people, _, _ in rows(document):
        if isinstance(people, int):
            where = f" ({variable}: {group})" if variable else ""
            asked = labels.get(str(question).partition("=")[0], question)
            yield (
                f"{frame}.{question}.{variable}.{group}.{answer}",
                f"{asked} – {answer}{where}, people ({frame})",
                people,
            )
