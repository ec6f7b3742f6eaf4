"""A store that speaks the S3 protocol and checks its keys, run beside the tests; and one that never answers."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
from moto import settings as moto_settings
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@dataclass(frozen=True)
class Store:
    """Where the store listens, and the one key pair it takes."""

    endpoint: str
    access_key: str
    secret_key: str

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )

    def environment(self, bucket: str = "") -> dict[str, str]:
        """Make a bucket, and give the variables that name it."""
        if not bucket:
            bucket = f"documents-{uuid4().hex[:12]}"
            self.client().create_bucket(Bucket=bucket)
        return {
            "DOCUMENTS_BUCKET": bucket,
            "DOCUMENTS_ENDPOINT": self.endpoint,
            "DOCUMENTS_REGION": REGION,
            "DOCUMENTS_ACCESS_KEY": self.access_key,
            "DOCUMENTS_SECRET_KEY": self.secret_key,
        }


@contextmanager
def running() -> Iterator[Store]:
    """Run a store that lets nobody in but with its key pair."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        anyone = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anyone"}
        iam = boto3.client("iam", endpoint_url=endpoint, region_name=REGION, **anyone)
        user = f"tremplin-{uuid4().hex[:12]}"  # stores of one process share their people
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="documents", PolicyDocument=json.dumps(EVERYTHING))
        key = iam.create_access_key(UserName=user)["AccessKey"]
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = 0  # from now on it checks signatures
        yield Store(endpoint, key["AccessKeyId"], key["SecretAccessKey"])
    finally:
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
        server.stop()


@contextmanager
def silent() -> Iterator[str]:
    """Give the address of a store that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def gone() -> Iterator[str]:
    """Give an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"
