// A square plane [-limit, limit]² to drag a point over, or to look at.
import { chart, outlined } from "./chart.js";
import { canvas, handled } from "./page.js";
import { dragHandles, onKeys } from "./pointer.js";

const MARGIN = 32; // for numbers with a minus sign, also where a narrow page prints them larger

// `backdrop(chart, ink)` draws what lies behind, only when asked to `repaint`; `overlay(chart, ink)` what changes.
// With `move` and `hold` of an explorer it has a point to drag: `move([x, y])` hears where the pointer or the arrow keys
// take it, and `handles(chart)` may list others, as `dragHandles` takes them. Without, it is a picture, or, if `active`,
// what the explorer's own handles and keys make of it.
export function plane({
  size, limit, label, axes, backdrop, overlay, move, hold, handles = () => [], active = move !== undefined,
}) {
  const attributes = active ? handled(label) : { role: "img", "aria-label": label };
  const board = canvas(size, size, attributes), behind = canvas(size, size);
  const ends = [-limit, limit], margin = { left: MARGIN, right: MARGIN, top: MARGIN, bottom: MARGIN };
  const above = chart(board, margin, ends, ends);
  const below = chart({ ...behind, node: board.node }, margin, ends, ends); // the theme's colors reach only what is in the page
  const whole = Array.from({ length: 2 * Math.floor(limit) + 1 }, (_, i) => i - Math.floor(limit));
  let point = null;

  function repaint() {
    const ink = below.begin(whole, whole);
    below.names(...axes);
    below.ink = ink;
    below.inside(() => backdrop?.(below, ink));
  }
  function draw(at = null) {
    const { pen, toX, toY } = above, { ink } = below;
    point = at;
    pen.clearRect(0, 0, size, size);
    pen.drawImage(behind.node, 0, 0, size, size);
    above.inside(() => overlay?.(above, ink));
    if (point) crosshair(pen, ink, toX(point[0]), toY(point[1]));
  }

  if (move) {
    const inside = (v) => Math.min(limit, Math.max(-limit, v));
    // At once, so that a second key within a frame starts from where the first one led.
    const go = (x, y) => { point = [inside(x), inside(y)]; move(point); };
    const own = () => ({
      at: [above.toX(point[0]), above.toY(point[1])], drag: (_, [px, py]) => go(above.fromX(px), above.fromY(py)),
    });
    dragHandles(above, () => [...handles(above), own()], hold);
    onKeys(board.node, {
      move: ([right, up], large) => {
        const step = large ? 0.5 : 0.1;
        go(point[0] + step * right, point[1] + step * up);
      },
      Home: () => go(0, 0),
    });
  }
  return { node: board.node, chart: above, draw, repaint, name: (text) => board.node.setAttribute("aria-label", text) };
}

function crosshair(pen, ink, x, y) {
  outlined(pen, ink, () => {
    pen.arc(x, y, 7, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [0, 1]]) {
      for (const side of [-1, 1]) {
        pen.moveTo(x + 12 * side * dx, y + 12 * side * dy);
        pen.lineTo(x + 3 * side * dx, y + 3 * side * dy);
      }
    }
  });
}

// Circles of equal prior density around the origin, at 1, 2 and 3 standard deviations, or of other radii.
export function priorContours({ pen, toX, toY }, ink, radii = [1, 2, 3]) {
  pen.strokeStyle = ink.text; pen.lineWidth = 1; pen.globalAlpha = 0.55;
  pen.setLineDash([4, 4]);
  for (const radius of radii) {
    pen.beginPath();
    pen.arc(toX(0), toY(0), toX(radius) - toX(0), 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}
