"""Webhooks: addresses that are told of published editions; for administrators."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field
from starlette.responses import Response

from api.access import signed_in
from api.bodies import Body, Here, Text
from api.shapes import moment, private
from api.webhooks import add_webhook, list_webhooks, remove_webhook
from gis.scope import Scope

router = APIRouter(prefix="/webhooks", tags=["operations"], dependencies=[Depends(private)])
Operator = Annotated[Scope, Depends(signed_in("operate"))]


class NewWebhook(Body):
    """The address that editions are told to."""

    url: Annotated[Text, Field(min_length=1, max_length=2000)]


@router.get("")
def webhooks(here: Here, scope: Operator) -> dict[str, Any]:
    """The addresses, how far each has been told, and what went wrong last."""
    with here.database.transaction(scope) as connection:
        found = list_webhooks(connection)
    return {
        "webhooks": [
            {
                "id": one.id,
                "url": one.url,
                "added_by": one.added_by,
                "added_at": moment(one.added_at),
                "told": one.told,
                "tries": one.tries,
                "next_try": moment(one.next_try) if one.tries else None,
                "last_error": one.last_error,
            }
            for one in found
        ]
    }


@router.post("", status_code=201)
def post_webhook(given: NewWebhook, response: Response, here: Here, scope: Operator) -> dict[str, Any]:
    """Register an address; its secret is told in this answer only."""
    with here.database.transaction(scope) as connection:
        number, secret = add_webhook(connection, given.url, by=scope.actor, private=here.settings.webhooks_private)
    response.headers["Location"] = f"/webhooks/{number}"
    return {"id": number, "url": given.url, "secret": secret}


@router.delete("/{webhook_id}", status_code=204)
def delete_webhook(
    webhook_id: Annotated[int, Path(ge=1, le=2**31 - 1, description="number of the webhook")],
    here: Here,
    scope: Operator,
) -> None:
    """Tell an address no more."""
    with here.database.transaction(scope) as connection:
        remove_webhook(connection, webhook_id)
