"""An application as data: what a version freezes, and the one projection through which anybody else reads it."""

from typing import Any

from applications.models import Application, ApplicationVersion, Question


def snapshot(application: Application) -> dict[str, Any]:
    """Give questions, answers, documents and facts of the draft as JSON-ready data, in the form's order.

    Questions go along word for word, so that a version can be read when the form has long changed.
    """
    answers = dict(application.answers.values_list("question_id", "value"))
    documents: dict[int, list[dict[str, Any]]] = {}
    for d in application.documents.filter(removed_at=None).order_by("id"):
        documents.setdefault(d.question_id, []).append({"id": d.pk, "name": d.name, "size": d.size, "sha256": d.sha256})
    sections = application.cohort.sections.order_by("order", "id").prefetch_related("questions")
    return {
        "startup": {
            "name": application.startup.name,
            "country": application.startup.country,
            "city": application.startup.city,
            "website": application.startup.website,
        },
        "sections": [
            {
                "title": section.title,
                "questions": [
                    _question(q, answers.get(q.pk), documents.get(q.pk, []))
                    for q in sorted(section.questions.all(), key=lambda q: (q.order, q.pk))
                ],
            }
            for section in sections
        ],
        "facts": {f.fact: {"value": f.value, "as_of": f.as_of.isoformat()} for f in application.facts.order_by("fact")},
    }


def _question(question: Question, value: Any, documents: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "key": question.key,
        "kind": question.kind,
        "label": question.label,
        "choices": question.choices,
        "identifies": question.identifies,
        "value": value,
        "documents": documents,
    }


def as_seen(version: ApplicationVersion, *, blind: bool) -> dict[str, Any]:
    """Give a version as a reviewer may see it: in a blind phase nothing that tells who it is (law 10).

    Every page, list, mail, export and search of review reads applications through this.
    """
    content: dict[str, Any] = version.content
    if not blind:
        return content
    sections = [
        {**section, "questions": [q for q in section["questions"] if not _tells_who(q)]}
        for section in content["sections"]
    ]
    return {"startup": None, "sections": sections, "facts": content["facts"]}


def known_as(application: Application, *, blind: bool) -> str:
    """Give the name under which a reviewer knows an application: its startup's, or in a blind phase its reference."""
    return application.reference if blind else application.startup.name


def _tells_who(question: dict[str, Any]) -> bool:
    """Say whether an answer tells who it is: because the programme says so, or by its nature (a link, a document)."""
    by_nature = question["kind"] in (Question.Kind.URL, Question.Kind.FILE)
    return bool(question["identifies"] or question["documents"] or by_nature)
