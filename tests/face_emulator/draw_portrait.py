"""Draw the emulator's portrait.jpg: `python tests/face_emulator/draw_portrait.py`. The same bytes at each run."""

import math
import random
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1080, 1620
TARGET = Path(__file__).parents[2] / "handwritten" / "face_emulator" / "portrait.jpg"

Color = tuple[int, int, int]
Points = Sequence[tuple[float, float]]
Place = Callable[[float, float], tuple[float, float]]

SKIN: Color = (224, 172, 138)
SKIN_LIT: Color = (246, 205, 172)
SKIN_SHADE: Color = (172, 112, 86)
BLUSH: Color = (216, 122, 100)
HAIR: Color = (62, 40, 34)
HAIR_DARK: Color = (36, 24, 24)
HAIR_LIT: Color = (134, 88, 62)
LIPS: Color = (186, 92, 84)
LIPS_DARK: Color = (128, 58, 58)
COAT: Color = (44, 82, 92)
COAT_DARK: Color = (26, 52, 62)
COAT_LIT: Color = (84, 130, 136)
SHIRT: Color = (238, 230, 216)
WALL_TOP: Color = (206, 214, 206)
WALL_FOOT: Color = (148, 168, 170)
SUN: Color = (250, 236, 206)


def path(text: str) -> list[tuple[float, float]]:
    """Points written as `"x,y x,y"`."""
    return [(float(x), float(y)) for x, y in (point.split(",") for point in text.split())]


def curve(points: Points, closed: bool = True, steps: int = 24) -> list[tuple[float, float]]:
    """A smooth line through the points (Catmull-Rom)."""
    count = len(points)

    def at(i: int) -> tuple[float, float]:
        return points[i % count if closed else max(0, min(count - 1, i))]

    line = []
    for i in range(count if closed else count - 1):
        p0, p1, p2, p3 = at(i - 1), at(i), at(i + 1), at(i + 2)
        for step in range(steps):
            t = step / steps
            x, y = (
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
            )
            line.append((x, y))
    return line if closed else [*line, points[-1]]


def mirrored(points: Points) -> list[tuple[float, float]]:
    """A right half, from the top down, with its left half added: one closed outline."""
    return [*points, *[(WIDTH - x, y) for x, y in reversed(points)]]


class Painting:
    """A canvas on which shapes are laid as soft masks, each perhaps clipped to another."""

    def __init__(self) -> None:
        self.image = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
        self.image = Image.composite(solid(WALL_FOOT), solid(WALL_TOP), self.image)

    def lay(self, mask: Image.Image, color: Color, opacity: float = 1.0, within: Image.Image | None = None) -> None:
        if box := mask.getbbox():
            part = mask.crop(box).point([round(value * opacity) for value in range(256)])
            if within is not None:
                part = ImageChops.multiply(part, within.crop(box))
            self.image.paste(color, box, part)


def solid(color: Color) -> Image.Image:
    return Image.new("RGB", (WIDTH, HEIGHT), color)


def shape(points: Points, blur: float = 0.0) -> Image.Image:
    """The mask of a smooth closed outline."""
    line = curve(points)
    return mask_of(line, 0, blur, lambda draw, at: draw.polygon([at(x, y) for x, y in line], fill=255))


def mask_of(
    line: Points, margin: float, blur: float, paint: Callable[[ImageDraw.ImageDraw, Place], None]
) -> Image.Image:
    """A mask for the whole canvas. Only what the line reaches is painted, at twice the size for clean edges."""
    pad = math.ceil(margin + blur * 3 + 2)
    left, right = (math.floor(min(x for x, _ in line)) - pad, math.ceil(max(x for x, _ in line)) + pad)
    top, foot = (math.floor(min(y for _, y in line)) - pad, math.ceil(max(y for _, y in line)) + pad)
    part = Image.new("L", ((right - left) * 2, (foot - top) * 2))
    paint(ImageDraw.Draw(part), lambda x, y: ((x - left) * 2, (y - top) * 2))
    part = part.reduce(2).filter(ImageFilter.GaussianBlur(blur))
    mask = Image.new("L", (WIDTH, HEIGHT))
    mask.paste(part, (left, top))
    return mask


def ellipse(x: float, y: float, rx: float, ry: float, blur: float = 0.0) -> Image.Image:
    return shape([(x + rx * math.cos(a * math.pi / 4), y + ry * math.sin(a * math.pi / 4)) for a in range(8)], blur)


def stroke(points: Points, widths: Sequence[float], blur: float = 0.0) -> Image.Image:
    """The mask of a smooth line whose half width runs through `widths`."""
    return strokes([points], widths, blur)


def strokes(lines: Sequence[Points], widths: Sequence[float], blur: float = 0.0) -> Image.Image:
    """The mask of several such lines."""
    smooth = [curve(points, closed=False, steps=160) for points in lines]

    def paint(draw: ImageDraw.ImageDraw, at: Place) -> None:
        for line in smooth:
            for i, (x, y) in enumerate(line):
                place = i / (len(line) - 1) * (len(widths) - 1)
                low = min(int(place), len(widths) - 2)
                radius = widths[low] + (widths[low + 1] - widths[low]) * (place - low)
                x2, y2 = at(x, y)
                draw.ellipse((x2 - radius, y2 - radius, x2 + radius, y2 + radius), fill=255)

    return mask_of([place for line in smooth for place in line], max(widths), blur, paint)


def paint_background(painting: Painting) -> None:
    painting.lay(ellipse(250, 330, 420, 520, 160), SUN, 0.75)
    painting.lay(ellipse(960, 1150, 420, 560, 170), (98, 126, 134), 0.5)
    for x, y, radius, opacity in (
        (130, 240, 84, 0.22),
        (300, 120, 52, 0.2),
        (930, 210, 70, 0.16),
        (1010, 420, 44, 0.14),
    ):
        painting.lay(ellipse(x, y, radius, radius, 9), (255, 250, 232), opacity)
    painting.lay(shape(path("1080,560 900,640 850,860 960,1010 1080,960"), 26), (118, 148, 132), 0.45)
    painting.lay(shape(path("0,760 120,800 200,980 120,1180 0,1240"), 30), (132, 158, 140), 0.4)


def paint_back_hair(painting: Painting) -> None:
    back = shape(
        path(
            "540,205 700,228 812,340 846,520 838,720 852,900 800,1032 690,1060 540,1040 390,1060 "
            "276,1036 228,900 244,720 236,520 270,340 384,228"
        ),
        1.2,
    )
    painting.lay(back, HAIR_DARK)
    painting.lay(ellipse(300, 620, 70, 330, 40), HAIR, 0.9, within=back)
    painting.lay(ellipse(790, 640, 60, 330, 40), HAIR, 0.6, within=back)


def paint_shoulders(painting: Painting) -> None:
    coat = shape(
        path(
            "540,1180 660,1178 770,1230 920,1290 1010,1380 1050,1520 1090,1720 540,1760 -10,1720 "
            "30,1520 70,1380 160,1290 310,1230 420,1178"
        ),
        1,
    )
    painting.lay(coat, COAT)
    painting.lay(ellipse(150, 1400, 150, 260, 60), COAT_LIT, 0.55, within=coat)
    painting.lay(ellipse(960, 1560, 220, 330, 80), COAT_DARK, 0.8, within=coat)
    painting.lay(ellipse(540, 1300, 300, 150, 70), COAT_DARK, 0.55, within=coat)
    for points in ([(214, 1620), (236, 1500), (214, 1400)], [(862, 1620), (840, 1500), (866, 1400)]):
        painting.lay(stroke(points, (9, 6, 1), 3), COAT_DARK, 0.9)

    shirt = shape(path("400,1190 540,1150 680,1190 640,1400 560,1640 520,1640 440,1400"), 1)
    painting.lay(shirt, SHIRT)
    painting.lay(ellipse(640, 1400, 90, 260, 40), (196, 184, 170), 0.8, within=shirt)

    neck = shape(
        path("424,900 656,900 652,1080 664,1176 632,1260 548,1352 532,1352 448,1260 416,1176 428,1080"),
        1,
    )
    painting.lay(neck, SKIN)
    painting.lay(ellipse(470, 1150, 50, 130, 34), SKIN_LIT, 0.6, within=neck)
    painting.lay(ellipse(640, 1120, 66, 240, 36), SKIN_SHADE, 0.75, within=neck)
    painting.lay(shape(path("410,960 670,960 660,1060 560,1128 480,1118 416,1050"), 22), SKIN_SHADE, 0.85, within=neck)
    for points in ([(470, 1236), (508, 1262), (532, 1268)], [(610, 1236), (574, 1262), (550, 1268)]):
        painting.lay(stroke(points, (3, 9, 2), 5), SKIN_SHADE, 0.7, within=neck)

    for side in (1, -1):

        def flip(points: Points, side: int = side) -> list[tuple[float, float]]:
            return [(540 + (x - 540) * side, y) for x, y in points]

        lapel = shape(flip(path("646,1164 704,1196 760,1290 700,1400 690,1440 556,1640 548,1620 610,1420 646,1290")), 1)
        painting.lay(shape(flip(path("660,1170 790,1290 716,1460 580,1660 560,1600 640,1300")), 16), COAT_DARK, 0.6)
        painting.lay(lapel, COAT if side == 1 else COAT_LIT)
        painting.lay(ellipse(540 + 150 * side, 1230, 70, 120, 40), COAT_LIT if side == -1 else COAT, 0.8, within=lapel)
        painting.lay(stroke(flip(path("646,1166 644,1300 606,1430 550,1628")), (2, 4, 4, 2), 1), COAT_DARK, 0.8)


def paint_head(painting: Painting) -> None:
    for side in (1, -1):
        ear = ellipse(540 + 252 * side, 690, 34, 72, 1)
        painting.lay(ear, SKIN if side == -1 else SKIN_SHADE)
        painting.lay(ellipse(540 + 256 * side, 694, 15, 44, 8), SKIN_SHADE, 0.8, within=ear)
        painting.lay(ellipse(540 + 254 * side, 776, 8, 8, 1), (232, 204, 140))

    face = shape(
        mirrored(path("600,306 704,356 774,466 794,600 784,730 752,856 688,958 612,1024 560,1040")),
        1,
    )
    painting.lay(face, SKIN)
    painting.lay(ellipse(770, 720, 110, 400, 60), SKIN_SHADE, 0.72, within=face)
    painting.lay(ellipse(300, 720, 50, 320, 46), SKIN_SHADE, 0.3, within=face)
    painting.lay(ellipse(470, 470, 190, 120, 64), SKIN_LIT, 0.75, within=face)
    painting.lay(ellipse(400, 745, 92, 84, 42), SKIN_LIT, 0.7, within=face)
    painting.lay(ellipse(640, 745, 70, 74, 42), SKIN_LIT, 0.4, within=face)
    painting.lay(ellipse(392, 790, 84, 62, 36), BLUSH, 0.4, within=face)
    painting.lay(ellipse(688, 790, 80, 62, 36), BLUSH, 0.42, within=face)
    painting.lay(ellipse(540, 1046, 190, 56, 34), SKIN_SHADE, 0.6, within=face)
    painting.lay(ellipse(526, 968, 62, 34, 20), SKIN_LIT, 0.6, within=face)
    # The shadow that the hair throws on the forehead and down the sides.
    painting.lay(
        shape(path("300,560 330,400 470,330 640,330 770,440 790,640 740,520 640,410 470,404 350,500"), 26),
        SKIN_SHADE,
        0.5,
        within=face,
    )


def paint_eyes(painting: Painting) -> None:
    for side in (-1, 1):
        middle = 540 + 120 * side

        def flip(points: Points, side: int = side, middle: float = middle) -> list[tuple[float, float]]:
            return [(middle + x * side, y) for x, y in points]

        painting.lay(ellipse(middle, 622, 92, 52, 24), SKIN_SHADE, 0.5)
        painting.lay(ellipse(middle + 6 * side, 596, 62, 14, 10), SKIN_LIT, 0.45)
        painting.lay(shape(flip(path("-66,646 -30,622 8,614 44,624 72,640 40,664 0,672 -36,664")), 9), SKIN_SHADE, 0.55)
        white = shape(flip(path("-62,648 -30,625 6,617 40,625 66,641 38,660 2,667 -34,661")), 0.8)
        painting.lay(white, (243, 238, 230))
        painting.lay(ellipse(middle, 612, 74, 22, 9), (120, 104, 100), 0.75, within=white)
        iris = ellipse(middle - 2, 640, 29, 29, 0.8)
        painting.lay(iris, (58, 74, 62), within=white)
        painting.lay(ellipse(middle - 2, 648, 22, 17, 5), (126, 146, 104), 0.9, within=ImageChops.multiply(iris, white))
        painting.lay(ellipse(middle - 2, 622, 30, 12, 5), (26, 30, 28), 0.8, within=ImageChops.multiply(iris, white))
        painting.lay(ellipse(middle - 2, 640, 12.5, 12.5, 0.8), (16, 14, 16), within=white)
        painting.lay(ellipse(middle - 12, 631, 6.5, 6.5, 0.8), (255, 255, 252))
        painting.lay(ellipse(middle + 8, 651, 3, 3, 0.8), (220, 228, 224), 0.8)
        lid = flip(path("-66,652 -34,624 6,614 42,621 70,640 84,630"))
        painting.lay(stroke(lid, (3, 8, 10, 10, 8, 1), 0.6), HAIR_DARK)
        painting.lay(stroke(flip(path("-56,616 -20,597 20,592 58,606 78,622")), (1, 5, 6, 5, 1), 2), SKIN_SHADE)
        painting.lay(stroke(flip(path("-54,656 -20,668 20,668 64,646")), (1, 3, 4, 4), 1), (142, 92, 76), 0.8)
        painting.lay(stroke(flip([(-50, 684), (-10, 696), (40, 688)]), (1, 6, 1), 5), SKIN_SHADE, 0.55)
        brow = flip(path("-84,566 -40,542 10,530 60,538 100,566"))
        painting.lay(stroke(brow, (12, 17, 16, 11, 2), 4), HAIR, 0.8)
        hairs = []
        for i in range(34):
            x = -82 + i * 5.2
            y = 560 - 30 * math.sin((x + 90) / 190 * math.pi) + 10 * ((x + 84) / 180)
            hairs.append(flip([(x, y + 9), (x + 8, y), (x + 24, y - 2 + i * 0.3)]))
        painting.lay(strokes(hairs, (1, 2.4, 0.6), 1.2), HAIR_DARK, 0.35)


def paint_nose_and_mouth(painting: Painting) -> None:
    painting.lay(shape(path("556,600 580,640 578,740 606,800 588,828 560,800 556,700"), 15), SKIN_SHADE, 0.6)
    painting.lay(stroke([(528, 610), (532, 700), (532, 790)], (10, 17, 26), 10), SKIN_LIT, 0.75)
    painting.lay(ellipse(536, 796, 26, 22, 9), SKIN_LIT, 0.7)
    painting.lay(ellipse(541, 836, 62, 13, 8), SKIN_SHADE, 0.75)
    for side in (-1, 1):
        painting.lay(
            stroke(
                [(540 + 40 * side, 776), (540 + 66 * side, 796), (540 + 60 * side, 826), (540 + 40 * side, 830)],
                (2, 7, 7, 2),
                4,
            ),
            SKIN_SHADE,
            0.75,
        )
        painting.lay(ellipse(540 + 30 * side, 829, 15, 7, 3), (120, 66, 54), 0.9)
        painting.lay(
            stroke([(540 + 84 * side, 830), (540 + 112 * side, 872), (540 + 120 * side, 904)], (1, 6, 1), 8),
            SKIN_SHADE,
            0.4,
        )
    painting.lay(shape(path("528,844 552,844 556,872 540,882 524,872"), 6), SKIN_SHADE, 0.4)

    lips = shape(
        path("438,892 490,886 520,877 540,883 560,877 590,886 642,892 606,934 574,950 540,954 506,950 474,934"),
        1.6,
    )
    painting.lay(lips, LIPS)
    upper = path("438,892 520,876 540,882 560,876 642,892 592,908 540,916 488,908")
    painting.lay(shape(upper, 4), LIPS_DARK, 0.5, within=lips)
    painting.lay(ellipse(520, 932, 44, 8, 6), (236, 160, 146), 0.75, within=lips)
    parting = path("426,886 446,896 490,908 524,912 540,915 556,912 590,908 634,896 654,886")
    painting.lay(stroke(parting, (1, 4, 5, 5, 5, 5, 5, 4, 1), 1), (98, 42, 44), 0.9)
    painting.lay(ellipse(540, 972, 58, 9, 8), SKIN_SHADE, 0.6)
    for x in (426, 654):
        painting.lay(ellipse(x, 888, 12, 10, 6), SKIN_SHADE, 0.6)


def paint_front_hair(painting: Painting, chance: random.Random) -> None:
    left = shape(
        path(
            "610,196 470,190 340,250 256,380 228,560 238,760 226,930 258,1060 310,1120 330,1050 "
            "300,930 290,800 284,660 304,560 372,478 470,414 560,350 628,300 622,268"
        ),
        1.2,
    )
    right = shape(
        path(
            "590,196 700,206 800,286 850,430 860,600 846,780 862,930 838,1066 776,1130 764,1050 "
            "790,930 796,800 798,660 776,520 724,420 650,346 608,306 600,262"
        ),
        1.2,
    )
    for lock in (left, right):
        painting.lay(lock.filter(ImageFilter.GaussianBlur(10)), HAIR_DARK, 0.35)
        painting.lay(lock, HAIR)
    painting.lay(ellipse(420, 300, 150, 70, 36), HAIR_LIT, 0.75, within=left)
    painting.lay(ellipse(244, 700, 20, 260, 18), HAIR_LIT, 0.6, within=left)
    painting.lay(ellipse(740, 300, 80, 60, 34), HAIR_LIT, 0.45, within=right)
    painting.lay(ellipse(846, 700, 50, 340, 26), HAIR_DARK, 0.8, within=right)

    for lock, sign, start in ((left, -1, 606), (right, 1, 600)):
        for layer in range(15):
            tone = (HAIR_DARK, HAIR_LIT, HAIR_DARK, HAIR, (98, 64, 48))[layer % 5]
            lines = []
            for _ in range(9):
                at = chance.random()
                reach = (330 if sign < 0 else 238) * (0.52 + 0.48 * at)
                lines.append(
                    [
                        (start + sign * 12 * at, 206 + 70 * (1 - at)),
                        (start + sign * reach * 0.62, 232 + 140 * (1 - at)),
                        (start + sign * reach, 400 + 170 * (1 - at)),
                        (start + sign * (reach + 26 + chance.uniform(-10, 12)), 600 + 80 * (1 - at)),
                        (start + sign * (reach + 10 + chance.uniform(-16, 26)), chance.uniform(720, 1100)),
                    ]
                )
            painting.lay(strokes(lines, (0.8, 2.6, 3, 2.4, 0.6), 0.5), tone, chance.uniform(0.25, 0.6), within=lock)


def grain(chance: random.Random, blur: float) -> Image.Image:
    noise = Image.frombytes("L", (WIDTH, HEIGHT), chance.randbytes(WIDTH * HEIGHT))
    return noise.filter(ImageFilter.GaussianBlur(blur))


def draw() -> bytes:
    """The portrait as a JPEG without metadata."""
    chance = random.Random(639232)
    painting = Painting()
    paint_background(painting)
    painting.image = painting.image.filter(ImageFilter.GaussianBlur(4))
    paint_back_hair(painting)
    paint_shoulders(painting)
    paint_head(painting)
    paint_eyes(painting)
    paint_nose_and_mouth(painting)
    paint_front_hair(painting, chance)
    image = painting.image
    for blur, strength in ((0.7, 0.22), (2.2, 0.3)):
        texture = grain(chance, blur)
        image = Image.blend(image, ImageChops.overlay(image, Image.merge("RGB", (texture,) * 3)), strength)
    vignette = Image.radial_gradient("L").resize((WIDTH, HEIGHT)).point(lambda value: max(0, value - 120) // 3)
    image.paste((30, 36, 44), mask=vignette)
    out = BytesIO()
    image.save(out, "JPEG", quality=96, optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(draw())
