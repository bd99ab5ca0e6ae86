"""``matthan camera``: a new camera's file, a still, the page to draw on it, and the drawing checked by eye."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="camera", help="Set a camera up.", no_args_is_help=True)

_CameraFile = Annotated[Path, typer.Option("--camera", help="The camera's file.")]


@app.command()
def new(
    out: Annotated[Path, typer.Option("--out", help="The file to write, e.g. cameras/le-loi.yaml.")],
    *,
    camera_id: Annotated[str, typer.Option("--id", prompt="Mã camera, chữ không dấu · camera id")],
    name: Annotated[str, typer.Option(prompt="Tên để hiển thị · name to show")],
    road: Annotated[str, typer.Option(prompt="Đường · road")],
    ward: Annotated[str, typer.Option(prompt="Phường, xã · ward")],
    latitude: Annotated[float, typer.Option(prompt="Vĩ độ (16.46...) · latitude, degrees", min=-90, max=90)],
    longitude: Annotated[float, typer.Option(prompt="Kinh độ (107.59...) · longitude, degrees", min=-180, max=180)],
    heading: Annotated[float, typer.Option(prompt="Hướng nhìn, độ từ hướng bắc · heading, degrees", min=0, max=359.99)],
    url: Annotated[str, typer.Option(prompt="Địa chỉ luồng, không kèm mật khẩu · stream URL without password")],
    username: Annotated[str, typer.Option(prompt="Tên đăng nhập camera (trống: không cần) · user name")] = "",
    password_env: Annotated[str, typer.Option(help="Environment variable with the camera's password.")] = (
        "MATTHAN_CAMERA_PASSWORD"  # noqa: S107 - the name of the variable
    ),
    fps: Annotated[float, typer.Option(help="Pictures a second to analyse: 5 for a pavement, 10 for a line.")] = 5.0,
) -> None:
    """Write a new camera's file; what is not given as an option is asked."""
    from matthan.drawing.new_camera import NewCamera, write_new_camera  # noqa: PLC0415 - heavy imports stay out

    camera = NewCamera(
        camera_id=camera_id,
        name=name,
        road=road,
        ward=ward,
        latitude_deg=latitude,
        longitude_deg=longitude,
        heading_deg=heading,
        url=url,
        username=username,
        password_env=password_env,
        analysed_fps=fps,
    )
    write_new_camera(out, camera)
    typer.echo(f"{out} is written; next: matthan camera zones --camera {out}")


@app.command()
def zones(
    camera: _CameraFile,
    picture: Annotated[Path | None, typer.Option("--still", help="Picture of the view; else one is taken now.")] = None,
    port: Annotated[int, typer.Option(help="Of the page on this machine; 0 for any free one.", min=0, max=65535)] = 0,
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds to wait for a picture.")] = 30.0,
) -> None:
    """Open a page on this machine to draw zones, lines, arrows and lamps with the mouse; saves into the file."""
    import os  # noqa: PLC0415 - heavy imports stay out of the other commands
    import secrets  # noqa: PLC0415

    from matthan.drawing.camera_setup import read_still, save_still  # noqa: PLC0415
    from matthan.drawing.drawing_page import DrawingPage  # noqa: PLC0415

    if picture is None:
        picture = camera.with_suffix(".still.png")
        save_still(camera, picture, wait_s=wait_s, environ=os.environ)
        typer.echo(f"{picture}: the reference still; keep it with the file", err=True)
    content, content_type = read_still(picture)
    page = DrawingPage(camera, still=content, still_type=content_type, token=secrets.token_urlsafe(24), port=port)
    typer.echo(f"{page.url}  (Ctrl-C ends it; from another machine: ssh -L PORT:127.0.0.1:PORT)")
    try:
        page.serve()
    except KeyboardInterrupt:
        typer.echo("", err=True)


@app.command()
def suggest(
    camera: _CameraFile,
    log: Annotated[Path, typer.Option("--log", help="What was seen there, best of a day (a detection log).")],
    out: Annotated[Path | None, typer.Option("--out", help="The file to write; else beside the camera's.")] = None,
) -> None:
    """Propose lanes, directions and stop lines from what traffic did; look at them with `matthan camera zones`."""
    from matthan.suggest.suggestions import suggest as write_suggestions  # noqa: PLC0415

    target = camera.with_suffix(".suggested.yaml") if out is None else out
    for line in write_suggestions(camera, log, target):
        typer.echo(line)
    typer.echo(f"{target} is written; next: matthan camera zones --camera {target}, and move over what is right")


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
