// ItemizedBill: what each pixel of a drawing costs under the model, what z costs, and what gzip and PNG ask for it.
import { bars } from "../core/bars.js";
import { explorer } from "../core/explorer.js";
import { clamp, network, octets } from "../core/network.js";
import { drawing, drawingPad, imageButtons } from "../core/pad.js";
import {
  beside, button, buttons, canvas, column, element, handled, key, legend, note, number, theme,
} from "../core/page.js";
import { onDrag, onKeys } from "../core/pointer.js";
import { SYNC_MS, throttle } from "../core/state.js";
import { FRAMES, fileBytes, itemized, total } from "./numbers.js";

const CELL = 9, EDGE = 6, LATENT = EDGE + 28 * CELL + 8; // CSS pixels; the last is where z's column begins
const black = (pixels) => Array.from(octets(pixels), (v) => (v > 127 ? 1 : 0));
const shade = (bits) => 1 - 2 ** -bits; // what the model gave to the other color

// Where ink and paper touch.
function outline(pen, x) {
  const at = (row, column) => (row < 28 && column < 28 ? x[28 * row + column] : 0);
  pen.beginPath();
  for (let row = 0; row < 28; row++) {
    for (let column = 0; column < 28; column++) {
      const [left, top] = [EDGE + CELL * column, EDGE + CELL * row], own = at(row, column);
      if (own !== at(row, column + 1)) { pen.moveTo(left + CELL, top); pen.lineTo(left + CELL, top + CELL); }
      if (own !== at(row + 1, column)) { pen.moveTo(left, top + CELL); pen.lineTo(left + CELL, top + CELL); }
    }
  }
  pen.stroke();
}

// The bill: a square a pixel, the darker the dearer, with X in outline, a square a latent beside it, and a frame around
// the pixel whose price is read out. `flip(pixel)` hears that it shall change its color.
function heatMap(app, colors, flip) {
  const size = 28 * CELL + 2 * EDGE, board = canvas(LATENT + CELL + EDGE, size, handled("the bill, a square a pixel: "
    + "arrow keys choose a pixel, Shift for larger steps, Space flips it between ink and paper"));
  const { context: pen } = board, step = (v) => clamp(v, [0, 27]);
  const go = (column, row) => app.go({ pixel: 28 * step(row) + step(column) });
  const choose = (event) => go(...board.place(event).map((v) => Math.floor((v - EDGE) / CELL)));
  onDrag(board.node, (event) => { app.hold(true); choose(event); }, choose, () => app.hold(false));
  onKeys(board.node, {
    move([right, up], large) {
      const { pixel } = app.state, by = large ? 5 : 1;
      go((pixel % 28) + by * right, Math.floor(pixel / 28) - by * up);
    },
    " ": flip,
  });
  function draw(x, { pixels, latents }, pixel) {
    const ink = theme(board.node), square = (left, top, bits, color, high = CELL) => {
      pen.globalAlpha = shade(bits); pen.fillStyle = color;
      pen.fillRect(left, top, CELL, high);
      pen.globalAlpha = 1;
    };
    pen.clearRect(0, 0, board.width, size);
    pen.fillStyle = ink.paper; pen.fillRect(0, 0, board.width, size);
    pixels.forEach((bits, i) => square(EDGE + CELL * (i % 28), EDGE + CELL * Math.floor(i / 28), bits, colors.pixels));
    const high = Math.min(CELL, (28 * CELL) / latents.length);
    latents.forEach((bits, i) => square(LATENT, EDGE + high * i, bits, colors.z, high));
    pen.strokeStyle = ink.text; pen.lineWidth = 1;
    outline(pen, x);
    const [left, top] = [EDGE + CELL * (pixel % 28), EDGE + CELL * Math.floor(pixel / 28)];
    for (const [color, wide] of [[ink.paper, 5], [ink.accent, 2.5]]) {
      pen.strokeStyle = color; pen.lineWidth = wide; pen.strokeRect(left - 1, top - 1, CELL + 2, CELL + 2);
    }
  }
  return { node: board.node, draw };
}

// The sums as bars; gzip's and PNG's bytes come a moment later, the old ones stand until then.
function account(app, colors) {
  const frame = (name) => `+ ${8 * FRAMES[name]} of frame`, apart = { color: colors.file, joined: false };
  const shown = bars([
    { label: "X given z", note: "all squares", color: colors.pixels },
    { label: "+ z", note: "D[Q‖P(z)]", color: colors.z },
    { label: "= the model", note: "for this picture", color: colors.model, joined: false },
    { label: "gzip", note: frame("gzip"), ...apart },
    { label: "PNG", note: frame("PNG"), ...apart },
    { label: "as it is", note: "one bit a pixel", ...apart },
  ], { unit: "bits", tall: 36, thick: 18 });
  let latest = [], bytes = null;
  const pack = throttle(() => {
    const own = latest;
    fileBytes(own).then((found) => {
      if (own !== latest) return;
      bytes = found;
      app.redraw();
    });
  }, SYNC_MS);
  function set(x, { pixels, latents }) {
    if (latest.length !== x.length || x.some((v, i) => v !== latest[i])) { latest = x; pack(); }
    const [given, z] = [total(pixels), total(latents)], files = ["gzip", "PNG"].map((name) => 8 * (bytes?.[name] ?? 0));
    shown.set([[0, given], [given, given + z], [0, given + z], [0, files[0]], [0, files[1]], [0, 784]],
      [number(given, 1), `+${number(z, 1)}`, number(given + z, 1), ...files.map((v) => (bytes ? `${v}` : "–")), "784"]);
    return `under the model ${number(given + z, 1)} bits: ${number(given, 1)} for the pixels, ${number(z, 1)} for z`
      + (bytes ? `; gzip ${files[0]}, PNG ${files[1]} bits without their frames` : "");
  }
  return { node: shown.node, set };
}

function build(app) {
  const { model } = app, colors = model.get("_colors"), paper = drawing(app), pad = drawingPad(app, paper);
  const [encoder, decoder] = ["_encoder", "_decoder"].map((name) => network(model.get(`${name}_shapes`), model.get(name)));
  const flip = () => {
    const { pixels, pixel } = app.state;
    paper.change({ strokes: [], placed: Uint8Array.from(black(pixels), (v, i) => 255 * (i === pixel ? 1 - v : v)) });
  };
  const bill = heatMap(app, colors, flip), sum = account(app, colors);
  const readout = element("div", { class: "vae-readout" });
  const swatch = (bits) => key(`height: 12px; opacity: ${shade(bits)}; background: ${colors.pixels}`, `${bits}`);

  function draw({ pixels, pixel }) {
    paper.adopt(pixels);
    const x = black(pixels), items = itemized(encoder, decoder, x), bits = items.pixels[pixel];
    pad.draw(x.every((v) => v === 0));
    bill.draw(x, items, pixel);
    const place = `row ${Math.floor(pixel / 28) + 1}, column ${(pixel % 28) + 1}`;
    readout.textContent = `${place}: ${x[pixel] ? "ink" : "paper"}\nP = ${number(2 ** -bits, 4)}, ${number(bits)} bits`;
    app.say(`${sum.set(x, items)}; pixel in ${readout.textContent}`);
  }
  const nodes = [beside("vae-bill",
    column({}, pad.node,
      buttons("change the drawing", button("undo", paper.undo, { title: "take back the last change" }),
        button("blank page", () => paper.change({ strokes: [], placed: null }))),
      element("div", {}, "or put one of the images here:"), imageButtons(app, paper)),
    column({}, bill.node, legend(element("span", {}, "bits of a pixel:"), ...[0.1, 0.5, 1, 2, 5].map(swatch),
      key(`height: 12px; background: ${colors.z}`, "a latent")), readout,
      buttons("change the pixel", button("flip the pixel", flip, { title: "from ink to paper, or back" }))),
    column({ class: "vae-sums" }, sum.node, note("z is the mean of Q(z|X). Gray levels of a drawing count as ink from "
      + "one half on. gzip gets 8 pixels a byte; PNG has one bit a pixel and no filters. Both are packed by this browser; "
      + "other programs may need a few bytes more or fewer.")))];
  return { nodes, draw };
}

export default { render: (context) => explorer(context, { label: "itemized bill", names: ["pixels", "pixel"] }, build) };
