#!/bin/sh
# derm-ita 0.0.8. Seen on 2026-11-30 with Python 3.11.7 on Debian.
#
# Input: a picture of skin, and the same with all but the skin painted black, as tools that find skin or lesions do it.
# Asked is for the ITA and the Fitzpatrick type, from which clinics choose a fluence.
# Guessed: the same ITA. The code says of it that pixels which are wholly black are ignored.
# Seen: they are left out of L*, and stay in b*, as 0. From half of the picture on the skin is lighter, or darker where
# it is dark:
#     painted black    ITA    Fitzpatrick type
#     nothing          12     3
#     a quarter        12     3
#     half             34     2
#     60 %             73     1
# So the more of tan skin is hidden, the more fluence it seems to bear. Brown skin goes from type 4 to 6.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check derm-ita==0.0.8

cat >"$folder/skin.py" <<'END'
import derm_ita
import numpy
from PIL import Image

skins = {"tan": (170, 120, 95), "brown": (140, 95, 70)}
for name, colour in skins.items():
    for covered in 0, 25, 50, 60:
        picture = numpy.random.default_rng(1).normal(colour, 3, (200, 200, 3)).astype("uint8")
        picture[: 2 * covered] = 0
        ita = derm_ita.get_ita(Image.fromarray(picture), remove_boarder=False)
        print(name, f"{covered} % black: ITA", round(ita), "type", derm_ita.get_fitzpatrick_type(ita))
END
cat >"$folder/wanted" <<'END'
tan 0 % black: ITA 12 type 3
tan 25 % black: ITA 12 type 3
tan 50 % black: ITA 34 type 2
tan 60 % black: ITA 73 type 1
brown 0 % black: ITA -15 type 4
brown 25 % black: ITA -15 type 4
brown 50 % black: ITA -39 type 5
brown 60 % black: ITA -75 type 6
END

"$folder/env/bin/python" "$folder/skin.py" >"$folder/seen" 2>"$folder/noise" || cat "$folder/noise"
if ! diff "$folder/wanted" "$folder/seen"; then
    echo 'changed: see the lines above, < as found, > as now'
    exit 1
fi
echo 'as found: the same skin is type 3, and type 1 with 60 % of the picture black'
