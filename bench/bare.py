"""The bare script: asks what a run asks, eight requests at once, and does nothing with the answers.

It knows nothing of the program, so that only Python and requests are measured.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import requests

API = os.environ.get("SPOTIFY_API_URL", "")
SECRETS = (os.environ.get("SPOTIFY_CLIENT_ID", ""), os.environ.get("SPOTIFY_CLIENT_SECRET", ""))
FORM = {
    "grant_type": "refresh_token",
    "refresh_token": os.environ.get("SPOTIFY_REFRESH_TOKEN", "").partition("#")[0],
}
PATHS = (
    "/v1/me/player/currently-playing?additional_types=episode",
    "/v1/me/player/recently-played?limit=50",
    *(
        f"/v1/me/top/{kind}?time_range={span}_term&limit=50"
        for kind in ("artists", "tracks")
        for span in ("short", "medium", "long")
    ),
)


def main() -> None:
    """Ask for a token, then for everything at once."""
    with requests.Session() as session, ThreadPoolExecutor(8) as pool:
        token = session.post(f"{API}/api/token", data=FORM, auth=SECRETS, timeout=10).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        for answer in pool.map(lambda path: session.get(f"{API}{path}", timeout=10), PATHS):
            answer.raise_for_status()


if __name__ == "__main__":
    main()
