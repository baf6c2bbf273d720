// The digit, and the brush that covers it.
import { line } from "../core/chart.js";
import { clamp } from "../core/network.js";
import { canvas, handled, theme } from "../core/page.js";
import { onDrag, onKeys } from "../core/pointer.js";

const PIXEL = 9, BRUSH = 2; // CSS pixels; pixels to each side of the middle one

// The digit under a brush that covers, moved by a pointer or keys: `cover(test, on)` covers, or not, the pixels for which
// test(pixel) holds.
export function eraser(app, cover) {
  const size = 28 * PIXEL, board = canvas(size, size, handled("the digit: arrow keys move the brush, Shift for larger "
    + "steps, Space covers what lies under it, Backspace uncovers it")), { context: pen } = board;
  const step = (v) => clamp(v, [0, 27]), spot = (pixel) => [pixel % 28, Math.floor(pixel / 28)];
  const under = ([column, row]) => (i) => Math.abs((i % 28) - column) <= BRUSH && Math.abs(Math.floor(i / 28) - row) <= BRUSH;
  const at = (event) => board.place(event).map((v) => step(Math.floor(v / PIXEL)));
  let last = null; // where the brush was, so that a quick pointer leaves no gaps
  const rub = (event) => {
    const to = at(event), from = last ?? to, steps = Math.max(1, ...to.map((v, d) => Math.abs(v - from[d])));
    const way = Array.from({ length: steps }, (_, k) => under(to.map((v, d) => Math.round(v + (k / steps) * (from[d] - v)))));
    last = to;
    cover((i) => way.some((test) => test(i)), true, { pixel: 28 * to[1] + to[0] });
  };
  onDrag(board.node, (event) => { app.hold(true); last = null; rub(event); }, rub, () => app.hold(false));
  const here = (on) => () => cover(under(spot(app.state.pixel)), on);
  onKeys(board.node, {
    move([right, up], large) {
      const [column, row] = spot(app.state.pixel), by = large ? 5 : 1;
      app.go({ pixel: 28 * step(row - by * up) + step(column + by * right) });
    },
    " ": here(true), Backspace: here(false),
  });
  // What is left, on a canvas of its own, where only the pixels that changed are drawn again.
  const left = canvas(size, size), { context: below } = left;
  let shown = [], colors = null;
  function renew(x, covered, ink) {
    if (colors !== ink.paper + ink.faint) [shown, colors] = [[], ink.paper + ink.faint];
    x.forEach((v, i) => {
      const now = covered[i] ? "covered" : v ? "#000" : "#fff"; // a digit is ink on paper in either theme
      if (now === shown[i]) return;
      shown[i] = now;
      const [x0, y0] = spot(i).map((at) => at * PIXEL);
      below.fillStyle = covered[i] ? ink.paper : now; below.fillRect(x0, y0, PIXEL, PIXEL);
      if (covered[i]) line(below, ink.faint, 1.5, [[x0, y0 + PIXEL], [x0 + PIXEL, y0]]);
    });
  }
  function draw(x, covered, pixel) {
    const ink = theme(board.node), [across, down] = spot(pixel).map((v) => (v - BRUSH) * PIXEL);
    renew(x, covered, ink);
    pen.clearRect(0, 0, size, size);
    pen.drawImage(left.node, 0, 0, size, size);
    for (const [color, wide] of [[ink.paper, 4], [ink.accent, 2]]) {
      pen.strokeStyle = color; pen.lineWidth = wide;
      pen.strokeRect(across, down, (2 * BRUSH + 1) * PIXEL, (2 * BRUSH + 1) * PIXEL);
    }
  }
  return { node: board.node, draw };
}
