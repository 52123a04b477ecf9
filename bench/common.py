"""The common way: a token for every request, and one request after the other, each on a new connection."""

import requests

from bench.bare import API, FORM, PATHS, SECRETS


def main() -> None:
    """Ask for everything."""
    for path in PATHS:
        token = requests.post(f"{API}/api/token", data=FORM, auth=SECRETS, timeout=10).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        requests.get(f"{API}{path}", headers=headers, timeout=10).raise_for_status()


if __name__ == "__main__":
    main()
