// CoverTheDigit: erase pixels of a digit, and see what P(z|what is left) becomes, and what the encoder answers.
import { haloed, mark } from "../core/chart.js";
import { densityPicture, ellipses } from "../core/density.js";
import { explorer } from "../core/explorer.js";
import { clamp, encode, logPrior, network, octets, sigmoid } from "../core/network.js";
import { imageButtons } from "../core/pad.js";
import { beside, button, buttons, column, digitCanvas, element, key, legend, note } from "../core/page.js";
import { plane } from "../core/plane.js";
import { eraser } from "./eraser.js";
import { humps, logJoint, logitsAt, shares, upsampled, within } from "./numbers.js";

const TIMES = 2, TILES = 13, SIZE = 380, NAMES = ["A", "B", "C"]; // finer steps than the grid's; digits behind; CSS pixels; of humps
const SIDES = { top: (i) => i < 392, bottom: (i) => i >= 392, left: (i) => i % 28 < 14, right: (i) => i % 28 >= 14 };
const percent = (v) => `${Math.round(100 * v)}%`;

// The grid's points, z₁ the slower.
function grid(model) {
  const n = model.get("_points"), limit = model.get("limit"), axis = (k) => -limit + (2 * limit * k) / (n - 1);
  return Array.from({ length: n * n }, (_, g) => [axis(Math.floor(g / n)), axis(g % n)]);
}

// What changes with the digit and the cover: the posterior on the fine grid, its humps, and the encoder's Q. `field` has
// the decoder's logits at the grid's points.
function belief(app, points, field) {
  const { model } = app, n = model.get("_points"), limit = model.get("limit"), m = (n - 1) * TIMES + 1;
  const encoder = network(model.get("_encoder_shapes"), model.get("_encoder"));
  const axis = Float32Array.from({ length: m }, (_, i) => -limit + (2 * limit * i) / (m - 1));
  const update = logJoint(field, Float64Array.from(points, logPrior));
  const z = (k) => [axis[Math.floor(k / m)], axis[k % m]];
  const at = (point) => point.map((v) => Math.round(((v + limit) / (2 * limit)) * (m - 1))).reduce((i, j) => i * m + j);
  const node = (k) => [Math.floor(k / m), k % m].map((v) => Math.round(v / TIMES)).reduce((i, j) => i * n + j);
  return {
    m, z, at,
    decoded(k) { // at the grid's next point
      const point = node(k);
      return Float32Array.from({ length: 784 }, (_, i) => sigmoid(field[i * n * n + point]));
    },
    of(x, covered) {
      const log = upsampled(update(x, covered), n, TIMES), mass = shares(log);
      const q = encode(encoder, x.map((v, i) => (covered[i] ? 0 : v)));
      return { log, q, found: humps(log, mass, m), held: within(mass, axis, q) };
    },
  };
}

// A digit in a pale tone of the text's color, for a backdrop.
function faint(tile, f, color) {
  const brush = tile.getContext("2d", { willReadFrequently: true });
  brush.clearRect(0, 0, 28, 28);
  brush.fillStyle = color; brush.fillRect(0, 0, 28, 28);
  const image = brush.getImageData(0, 0, 28, 28);
  f.forEach((v, i) => { image.data[4 * i + 3] = 80 * v; });
  brush.putImageData(image, 0, 0);
}

// A place at some distance from point i, on the side away from the others; up to the right where there are none.
function beyond(points, i, distance) {
  const others = points.filter((_, j) => j !== i), mean = (axis) => others.reduce((sum, point) => sum + point[axis], 0) / others.length;
  const [dx, dy] = others.length ? [0, 1].map((axis) => points[i][axis] - mean(axis)) : [1, -1], length = Math.hypot(dx, dy) || 1;
  return [points[i][0] + (distance * dx) / length, points[i][1] + (distance * dy) / length];
}

// The plane, faint digits where they are decoded: the posterior, the names of its humps, the points drawn from them, and Q.
function view(app, colors, { m, z, at, decoded }) {
  const limit = app.model.get("limit"), picture = densityPicture(m, colors.posterior, 4), tile = element("canvas", { width: 28, height: 28 });
  let now = null;
  const map = plane({
    size: SIZE, limit, axes: ["z₁", "z₂"], label: "P(z|what is left) on the plane, over the digits decoded there",
    backdrop(chart, ink) {
      const side = (chart.right - chart.margin.left) / TILES, first = side / 2 + chart.margin.left;
      for (let k = 0; k < TILES ** 2; k++) {
        const [x, y] = [first + side * (k % TILES), first + side * Math.floor(k / TILES)];
        faint(tile, decoded(at([chart.fromX(x), chart.fromY(y)])), ink.text);
        chart.pen.drawImage(tile, x - side / 2, y - side / 2, side, side);
      }
    },
    overlay(chart, ink) {
      const { pen, toX, toY } = chart, place = (k) => [toX(z(k)[0]), toY(z(k)[1])];
      pen.drawImage(picture.node, toX(-limit), toY(limit), toX(limit) - toX(-limit), toY(-limit) - toY(limit));
      const tops = now.chosen.map((_, i) => place(now.found[i].peak));
      now.chosen.forEach((k, i) => {
        mark(pen, ink, place(k), colors.posterior, 3 + 6 * Math.sqrt(now.found[i].share));
        const [x, y] = beyond(tops, i, 19);
        haloed(pen, NAMES[i], clamp(x, [44, SIZE - 44]), clamp(y, [44, SIZE - 44]), ink, 16);
      });
      ellipses(chart, now.q, colors.q, 2.5, { least: 3 });
    },
  });
  const draw = (answer) => {
    if (answer !== now) picture.paint(answer.log);
    now = answer;
    map.draw();
  };
  return { node: map.node, repaint: map.repaint, draw };
}

// What is left, completed from each hump: at its top, or at a z drawn from it.
function completions(given) {
  const cards = NAMES.map((name) => ({ digit: digitCanvas(84, `completion ${name}`), text: element("figcaption") }));
  let chances = null;
  return {
    nodes: cards.map(({ digit, text }) => element("figure", {}, digit.node, text)),
    again(on) { chances = on ? NAMES.map(() => Math.random()) : null; },
    choose: (found) => found.slice(0, NAMES.length).map(({ peak, draw }, k) => (chances ? draw(chances[k]) : peak)),
    draw(x, covered, { found, chosen }) {
      cards.forEach(({ digit, text }, k) => {
        if (k >= chosen.length) { digit.clear(); text.textContent = `${NAMES[k]}: –`; return; }
        const f = given.decoded(chosen[k]);
        digit.paint(x.map((v, i) => (covered[i] ? f[i] : v)));
        text.textContent = `${NAMES[k]}: ${percent(found[k].share)}`;
      });
    },
  };
}

// The buttons that cover half of the digit, or nothing.
function coverButtons(cover) {
  const half = ([name, test]) => button(name, () => cover(test, true), { "aria-label": `cover the ${name} half` });
  return [element("div", {}, "cover half of it, or what you like:"), buttons("cover", ...Object.entries(SIDES).map(half)),
    buttons("uncover", button("uncover all", () => cover(() => true, false)))];
}

function build(app, points, field) {
  const { model } = app, colors = model.get("_colors"), given = belief(app, points, field), map = view(app, colors, given);
  const bytes = (values) => new DataView(Uint8Array.from(values).buffer), made = completions(given);
  const cover = (test, on, more = {}) =>
    app.go({ covered: bytes(octets(app.state.covered).map((v, i) => (test(i) ? 255 * on : v))), ...more });
  const brush = eraser(app, cover), readout = element("div", { class: "vae-readout" });
  const put = { change: ({ placed }) => app.go({ pixels: bytes(placed), covered: bytes(new Uint8Array(784)) }) };
  const again = (on) => () => { made.again(on); before = null; app.redraw(); };
  let before = null, answer = null;

  function draw(state) {
    const x = Array.from(octets(state.pixels), (v) => (v > 127 ? 1 : 0)), covered = octets(state.covered);
    if (before?.pixels !== state.pixels || before.covered !== state.covered) {
      answer = given.of(x, covered);
      answer.chosen = made.choose(answer.found);
    }
    before = state;
    brush.draw(x, covered, state.pixel);
    map.draw(answer);
    made.draw(x, covered, answer);
    const count = answer.found.length, humps = `${count} ${count === 1 ? "hump" : "humps"}`;
    readout.textContent = `P(z|what is left): ${humps}\n${percent(answer.held)} of it within Q's outer ellipse`;
    const named = answer.chosen.map((_, k) => `${NAMES[k]} ${percent(answer.found[k].share)}`).join(", ");
    app.say(`${covered.filter(Boolean).length} pixels covered; ${humps}: ${named}; ${percent(answer.held)} within Q's outer ellipse`);
  }
  const nodes = [beside("vae-cover",
    column({}, brush.node, ...coverButtons(cover), element("div", {}, "or take another digit:"), imageButtons(app, put)),
    column({}, map.node, legend(
      key(`height: 10px; background: ${colors.posterior}`, "P(z|what is left)"),
      key(`border-top: 3px solid ${colors.q}`, "the encoder's Q"))),
    column({ class: "vae-completions" }, readout, element("div", { class: "vae-figures" }, ...made.nodes),
      buttons("z of each hump", button("draw from each hump", again(true)), button("take its top", again(false))),
      note("The shares are those of the humps in P(z|what is left); the covered part shows f(z) at the dot. P is computed "
        + "on 81 × 81 points, with cubics between them. Were Q right, its outer ellipse, of 2 standard deviations, would "
        + "hold 86%.")))];
  return { nodes, draw, repaint: map.repaint };
}

export default {
  async render(context) {
    const { model, el } = context, points = grid(model), wait = note(`Decoding ${points.length} points of the plane …`);
    el.append(wait);
    const field = await logitsAt(network(model.get("_decoder_shapes"), model.get("_decoder")), points);
    wait.remove();
    return explorer(context, { label: "cover the digit", names: ["pixels", "covered", "pixel"] }, (app) => build(app, points, field));
  },
};
