"""An S3 of one's own, on loopback: moto's server, filled by obstore."""

from __future__ import annotations

import logging
from contextlib import contextmanager

import httpx
import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

SECRET = "TOPSECRETKEY"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIDTEST",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": None,
    "AWS_PROFILE": None,
    "AWS_SESSION_TOKEN": None,
    "NO_PROXY": "127.0.0.1",
}


@contextmanager
def a_bucket(name):
    """Start a server, point the environment at it, and give what writes an object."""
    logging.getLogger("werkzeug").disabled = True
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    try:
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in {**VARIABLES, "AWS_ENDPOINT_URL": endpoint}.items():
                if value is None:
                    patch.delenv(variable, raising=False)
                else:
                    patch.setenv(variable, value)
            httpx.put(f"{endpoint}/{name}", trust_env=False).raise_for_status()
            store = S3Store(name, client_options={"allow_http": True})

            def put(key, body):
                obstore.put(store, key, body)
                return f"s3://{name}/{key}"

            yield put
    finally:
        server.stop()
