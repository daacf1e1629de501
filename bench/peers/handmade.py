"""A minimal implementation: a pytracking link, a Flask route, and `insert_one` into MongoDB before the response."""

import os
from datetime import UTC, datetime

import pytracking
from flask import Flask, Response, request
from pymongo import MongoClient, WriteConcern

app = Flask(__name__)
tracking = pytracking.Configuration(base_open_tracking_url="http://localhost/o/")
events = MongoClient(os.environ["BENCH_MONGO_URL"]).bench.get_collection("events", write_concern=WriteConcern(w=1, j=True))


@app.get("/o/<path:token>")
def pixel(token: str) -> Response:
    """Decodes, stores, responds."""
    agent, address = request.headers.get("User-Agent", ""), request.remote_addr
    result = pytracking.get_open_tracking_result(token, configuration=tracking, request_data={"user_agent": agent, "user_ip": address})
    events.insert_one({"kind": "open", "at": datetime.now(UTC), **result.metadata, **result.request_data})
    picture, mime = pytracking.get_open_tracking_pixel()
    return Response(picture, mimetype=mime, headers={"Cache-Control": "no-store"})
