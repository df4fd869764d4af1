"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
import structlog
from aiohttp import web

from stationd.station import Kind, Refused
from stationd.store.store import CommitFailed
from stationd.store.verification import NotFinished

log = structlog.get_logger()

CONTENT_TYPE = "application/problem+json"

_STATUS = {
    Kind.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.NOT_NOW: HTTPStatus.CONFLICT,
    Kind.NOT_VALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.NOT_SIGNED_IN: HTTPStatus.UNAUTHORIZED,
    Kind.TOO_OFTEN: HTTPStatus.TOO_MANY_REQUESTS,
}


class Problem(msgspec.Struct, frozen=True):
    """A problem document.

    Attributes:
        type: `/problems/` and the cause, one word of the catalogue.
        title: the cause's kind.
        status: of the answer.
        detail: one sentence for whoever reads a log.
        subject: what it is about.
    """

    type: str
    title: str
    status: int
    detail: str
    subject: str = ""


def answer(problem: Problem) -> web.Response:
    """Make the HTTP answer of a problem."""
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == HTTPStatus.UNAUTHORIZED else None
    body = msgspec.json.encode(problem)
    return web.Response(status=problem.status, body=body, content_type=CONTENT_TYPE, headers=headers)


@web.middleware
async def explain(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn what a handler raises into a problem document."""
    try:
        return await handler(request)
    except Refused as refused:
        status = _STATUS[refused.kind]
        problem = Problem(f"/problems/{refused.cause}", refused.kind, status, str(refused), refused.subject)
    except msgspec.DecodeError as error:
        problem = Problem("/problems/bad-request", Kind.NOT_VALID, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
    except NotFinished as unfinished:
        problem = Problem("/problems/not-verified", Kind.NOT_NOW, HTTPStatus.CONFLICT, str(unfinished))
    except CommitFailed as failure:
        problem = Problem("/problems/disk", Kind.NOT_NOW, HTTPStatus.INSUFFICIENT_STORAGE, str(failure))
    except web.HTTPException as refusal:
        problem = Problem(f"/problems/http-{refusal.status}", refusal.reason, refusal.status, refusal.text or "")
    except Exception:
        log.exception("request failed", path=request.path)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        problem = Problem("/problems/internal", "internal", status, "the station failed; see its log")
    return answer(problem)
