"""Reads a DynamoDB table: with boto3 where there is one, with Python's own library where there is none."""

import datetime
import hashlib
import hmac
import json
import os
import urllib.parse
import urllib.request

try:
    import boto3
except ImportError:  # AWS brings boto3 with its runtime; a Python of one's own may lack it.
    boto3 = None


def scan(table_name):
    """Yields every item of the table as a plain dictionary, page by page."""
    send = boto3.client("dynamodb").scan if boto3 else lambda **request: call("Scan", request)
    request = {"TableName": table_name}
    while True:
        page = send(**request)
        for item in page["Items"]:
            yield {name: plain(value) for name, value in item.items()}
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def plain(value):
    """A typed attribute value, such as {"N": "42"}, as Python writes it."""
    ((kind, content),) = value.items()
    if kind == "NULL":
        return None
    if kind == "N":
        return json.loads(content)
    if kind == "L":
        return [plain(item) for item in content]
    if kind == "M":
        return {name: plain(item) for name, item in content.items()}
    return content


def call(operation, request):
    """One signed request to DynamoDB. Reads the same environment as the SDKs do."""
    region = os.environ["AWS_REGION"]
    endpoint = (
        os.environ.get("AWS_ENDPOINT_URL_DYNAMODB")
        or os.environ.get("AWS_ENDPOINT_URL")
        or f"https://dynamodb.{region}.amazonaws.com"
    )
    body = json.dumps(request).encode()
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": urllib.parse.urlsplit(endpoint).netloc,
        "x-amz-target": f"DynamoDB_20120810.{operation}",
    }
    sign(headers, body, region)
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint.rstrip('/')}/", body, headers)) as response:
        return json.load(response)


def sign(headers, body, region):
    """Signature Version 4, as the execution role."""
    moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    day = moment[:8]
    headers["x-amz-date"] = moment
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        ["POST", "/", "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, sha256(body)]
    )
    scope = f"{day}/{region}/dynamodb/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, sha256(canonical.encode())])
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (day, region, "dynamodb", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )


def sha256(data):
    return hashlib.sha256(data).hexdigest()
