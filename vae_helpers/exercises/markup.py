"""The little markup of the course's own short texts, as HTML."""

import html
import re


def marked_up(text: str) -> str:
    """Text as HTML: *emphasis*, `code`; what stands between dollar signs is left to whoever sets the maths."""
    pieces = re.split(r"(\$\$.+?\$\$|\$[^$]+\$|`[^`]+`)", text)
    for i, piece in enumerate(pieces):
        piece = html.escape(piece, quote=False)
        if i % 2 == 0:
            piece = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", piece)
            piece = re.sub(r"(?<![\w*])\*([^*\s][^*]*?)\*(?![\w*])", r"<em>\1</em>", piece)
        elif piece.startswith("`"):
            piece = f"<code>{piece[1:-1]}</code>"
        pieces[i] = piece
    return "".join(pieces)
