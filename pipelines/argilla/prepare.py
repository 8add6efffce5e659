"""What the server needs before it starts: its settings, its database, its host, its index. Runs inside the server's environment."""

import asyncio
import os
import sqlite3
import tempfile
from pathlib import Path


def credentials(data: Path) -> dict[str, str]:
    """The host's name, password and key, and where the server answers."""
    lines = (data / "credentials.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def settle(data: Path, sockets: Path) -> int:
    """Tell the server where everything is, before it is imported; its port."""
    kept = credentials(data)
    port = int(kept["ARGILLA_API_URL"].rsplit(":", 1)[1])
    os.chdir(data)  # so that no name of a folder has to stand in an address
    os.environ |= {
        "ARGILLA_HOME_PATH": str(data),
        "ARGILLA_DATABASE_URL": "sqlite+aiosqlite:///argilla.db?check_same_thread=False&isolation_level=IMMEDIATE",
        "ARGILLA_DATABASE_SQLITE_TIMEOUT": "60",
        "ARGILLA_SEARCH_ENGINE": "embedded",
        "ARGILLA_REDIS_URL": f"unix://{sockets}/redis.sock",
        "ARGILLA_CORS_ORIGINS": f'["http://127.0.0.1:{port}", "http://localhost:{port}"]',
        "ARGILLA_AUTH_SECRET_KEY": kept["ARGILLA_AUTH_SECRET_KEY"],
        "ARGILLA_AUTH_OAUTH_CFG": str(data / "oauth.yaml"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        "TMPDIR": str(sockets),
    }
    tempfile.tempdir = str(sockets)
    return port


def prepare(data: Path) -> None:
    """Bring the database up to date, let the host in, and put the index right."""
    from argilla_server.cli.database.migrate import migrate_db

    with sqlite3.connect(data / "argilla.db") as database:
        database.execute("PRAGMA journal_mode = WAL")
    migrate_db("head")
    asyncio.run(admit(data))


async def admit(data: Path) -> None:
    """Make the host's account as the credentials say, and heal the index."""
    from argilla_server.contexts import accounts
    from argilla_server.database import AsyncSessionLocal, async_engine
    from argilla_server.models import User, UserRole, Workspace
    from search.engine import FILE
    from search.heal import heal
    from search.storage import discard

    kept = credentials(data)
    name, password, key = (kept[f"ARGILLA_{part}"] for part in ("USERNAME", "PASSWORD", "API_KEY"))
    async with AsyncSessionLocal() as db:
        host = await accounts.get_user_by_username(db, name)
        if host is None:
            room = await Workspace.get_by(db, name="review") or Workspace(name="review")
            await User.create(db, first_name=name, username=name, role=UserRole.owner, api_key=key, password_hash=accounts.hash_password(password), workspaces=[room])
        elif host.api_key != key or not accounts.verify_password(password, host.password_hash):
            await host.update(db, api_key=key, password_hash=accounts.hash_password(password))
    try:
        number = await heal()
    except sqlite3.DatabaseError as error:
        print(f"the search index cannot be read ({error}); it is made anew", flush=True)
        discard(data / FILE)
        number = await heal()
    if number:
        print(f"the search index was put right: {number} records", flush=True)
    await async_engine.dispose()
