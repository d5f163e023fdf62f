"""GET /resource: lists all resources."""

import json
import os

from table import scan

TABLE_NAME = os.environ["TABLE_NAME"]


def handler(event, context):
    items = sorted(scan(TABLE_NAME), key=lambda item: item["id"])
    if os.environ.get("LOG_LEVEL") != "silent":
        print(f"{len(items)} resources in {TABLE_NAME}")
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"count": len(items), "items": items}),
    }
