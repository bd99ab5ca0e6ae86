"""Write the published OpenAPI document from the code: ``python docs/schemas/generate_openapi.py``."""

import json
import tempfile
from pathlib import Path

from api.app import create_app
from api.centre import open_database
from api.persistence.schema import migrate
from api.settings import CentreSettings
from plumbing.system_clock import SystemClock


def openapi_text() -> str:
    """The document as it is published."""
    with tempfile.TemporaryDirectory() as folder:
        settings = CentreSettings.model_validate(
            {"database": {"url": f"sqlite:///{folder}/centre.sqlite3"}, "evidence": {"directory": folder}}
        )
        database = open_database(settings)
        migrate(database)
        database.close()
        app = create_app(settings, clock=SystemClock(), background=False)
        document = app.openapi()
        app.state.centre.close()
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "openapi.json").write_text(openapi_text(), encoding="utf-8")
