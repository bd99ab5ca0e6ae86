"""``matthan camera``: a still to draw on, and the drawing checked by eye."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="camera", help="Set a camera up.", no_args_is_help=True)

_CameraFile = Annotated[Path, typer.Option("--camera", help="The camera's file.")]


@app.command()
def still(
    camera: _CameraFile,
    out: Annotated[Path, typer.Option("--out", help="Picture to write, .jpg or .png.")],
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds to wait for a picture.")] = 30.0,
) -> None:
    """Save one picture of a camera, as the box sees it; its size belongs into `reference_still_wh`."""
    import os  # noqa: PLC0415 - heavy imports stay out of the other commands

    from matthan.drawing.camera_setup import save_still  # noqa: PLC0415

    width, height = save_still(camera, out, wait_s=wait_s, environ=os.environ)
    typer.echo(f"{out}: {width} x {height}; write `reference_still_wh: [{width}, {height}]`")


@app.command()
def draw(
    camera: _CameraFile,
    picture: Annotated[Path, typer.Option("--still", help="Picture of the camera's view.")],
    out: Annotated[Path, typer.Option("--out", help="Picture to write, .jpg or .png.")],
) -> None:
    """Draw a camera's zones, lines and lamp regions onto a copy of a still."""
    from matthan.drawing.camera_setup import save_drawing  # noqa: PLC0415 - heavy imports stay out of the other commands

    save_drawing(camera, picture, out)
    typer.echo(f"{out}: look whether every zone lies where it should")
