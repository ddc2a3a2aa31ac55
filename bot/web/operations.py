"""The holds API: may this account do that now? The exchange asks before it lets value leave.

    GET /v1/accounts/{id}/operations/{operation}

It reads the same rows that the turns write, at the moment it is asked: ask when an operation is *carried out*, not only
when it is ordered. What cannot be answered is an error, and an error is no permission.
"""

from __future__ import annotations

import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.db import accounts, audit, freezes, holds
from bot.db.base import Db, Tx
from bot.domain import operations
from bot.domain.operations import Verdict
from bot.errors import DatabaseDown
from bot.tools import Tools
from bot.web.website import Website, problem

_CONTRACT = Path(__file__).parent / "openapi.json"
_LARGEST = 1 << 63


class Operations:
    """Answers for accounts; ``website`` lets requests in.

    ``remote``: the accounts are the exchange's own, so that one which was never here has nothing against it.
    """

    def __init__(self, db: Db, tools: Tools, website: Website, *, remote: bool) -> None:
        self._db = db
        self._tools = tools
        self._website = website
        self._remote = remote

    async def read(self, request: Request) -> Response:
        """Whether the operation is allowed, why not, and until when."""
        refusal = self._website.refusal(request)
        if refusal is not None:
            return refusal
        account, operation = request.path_params["account"], request.path_params["operation"]
        if operation not in operations.STOPPED:
            return problem(404, f"no such operation; there are: {', '.join(operations.STOPPED)}")
        try:
            verdict = await self._db.transact(lambda tx: self._verdict(tx, account, operation))
        except DatabaseDown:
            return problem(503, "it cannot be told now; take that for a no")
        if verdict is None:
            return problem(404, "there is no such account")
        body = {
            "account": str(account),
            "operation": operation,
            "allowed": verdict.allowed,
            "reasons": list(verdict.reasons),
            "until": verdict.until,
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _verdict(self, tx: Tx, account: int, operation: str) -> Verdict | None:
        if account >= _LARGEST or not (self._remote or await accounts.get(tx, self._tools, account)):
            return None
        if operations.STOPPED[operation]:
            await tx.lock(account)  # of this question and a change at once one is first, and the audit says which
        verdict = operations.judge(
            operation,
            hold_until=await holds.until(tx, self._tools, account),
            frozen=await freezes.since(tx, account) is not None,
        )
        if operations.STOPPED[operation]:
            await audit.write(
                tx, self._tools, action="operation answered", actor="website", account=account, operation=operation,
                allowed=verdict.allowed,
            )  # fmt: skip
        return verdict


async def contract(_request: Request) -> Response:
    """``GET /v1/openapi.json``: the contract of everything under ``/v1/``; it holds no secret and needs no token."""
    return JSONResponse(json.loads(_CONTRACT.read_text(encoding="utf-8")))
