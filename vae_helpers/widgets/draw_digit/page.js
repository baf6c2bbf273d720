// DrawDigit: draw a digit and watch the encoder place it on the plane; both networks run here, in the page.
import {
  announcer, canvas, classPoints, digitCanvas, element, encode, floats, forward, haloed, klToPrior, logLikelihood,
  network, number, octets, onDrag, onFrame, onThemeChange, plane, sigmoid, throttle,
} from "./core.js";

const PAD = 252, UNIT = PAD / 28; // the pad, in CSS pixels; strokes are kept in 28ths of it
const PEN = 2.5; // width of a stroke in the 28×28 image; MNIST's digits have about as much ink
const LENS = 36, POWERS = [50, 20, 10, 5]; // radius of the magnifying glass in CSS pixels, its magnifications

// Strokes [[[x, y], ...], ...] as MNIST made its images, 784 bytes: the ink scaled to fit 20×20 with its proportions
// kept, softened at the edges, and moved by whole pixels until its center of mass is on pixel 14, counted from 0.
export function asMnist(strokes, pen = PEN) {
  const points = strokes.flat();
  const [left, right] = [Math.min, Math.max].map((f) => points.reduce((best, [x]) => f(best, x), points[0][0]));
  const [top, bottom] = [Math.min, Math.max].map((f) => points.reduce((best, [, y]) => f(best, y), points[0][1]));
  const scale = (20 - pen) / Math.max(right - left, bottom - top, 3); // a dot stays a dot
  const ink = new Float32Array(784);
  const place = ([x, y]) => [4 + pen / 2 + (x - left) * scale, 4 + pen / 2 + (y - top) * scale];
  for (const stroke of strokes) {
    const path = stroke.map(place);
    path.forEach((end, i) => inkSegment(ink, path[Math.max(0, i - 1)], end, pen));
  }
  let mass = 0, across = 0, down = 0;
  ink.forEach((v, i) => { mass += v; across += v * (i % 28); down += v * Math.floor(i / 28); });
  const [dx, dy] = [across, down].map((sum) => Math.round(14 - sum / mass - 1e-4)); // a symmetric digit is a tie
  const image = new Uint8Array(784);
  ink.forEach((v, i) => {
    const [x, y] = [(i % 28) + dx, Math.floor(i / 28) + dy];
    if (x >= 0 && x < 28 && y >= 0 && y < 28) image[28 * y + x] = Math.round(255 * v);
  });
  return image;
}

// A round pen along one segment, its edge softened over one pixel; only pixels near the segment are visited.
function inkSegment(ink, [x0, y0], [x1, y1], pen) {
  const reach = pen / 2 + 0.5, [dx, dy] = [x1 - x0, y1 - y0], length2 = dx * dx + dy * dy || 1;
  const first = (v) => Math.max(0, Math.floor(v - reach)), last = (v) => Math.min(27, Math.floor(v + reach));
  for (let y = first(Math.min(y0, y1)); y <= last(Math.max(y0, y1)); y++) {
    for (let x = first(Math.min(x0, x1)); x <= last(Math.max(x0, x1)); x++) {
      const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
      const share = Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
      const distance = Math.hypot(px - share * dx, py - share * dy);
      ink[28 * y + x] = Math.max(ink[28 * y + x], Math.min(1, reach - distance));
    }
  }
}

function render({ model, el }) {
  const likelihood = model.get("likelihood"), limit = model.get("limit"), colors = model.get("_colors");
  const encoder = network(model.get("_encoder_shapes"), model.get("_encoder"));
  const decoder = network(model.get("_decoder_shapes"), model.get("_decoder"));
  const points = classPoints(floats(model.get("_codes")), octets(model.get("_labels")), colors, () => map.redraw());
  const given = octets(model.get("_images")), givenLabels = octets(model.get("_image_labels"));

  // What is on the pad: strokes, or an image put there, or neither, and then pixels is null. `before` is for undo.
  let strokes = [], placed = null, before = [], pixels = null, drawing = false, code = null;
  const sync = throttle(() => {
    model.set("pixels", new DataView((pixels ?? new Uint8Array(784)).slice().buffer));
    model.save_changes();
  }, 100);
  const { node: live, say } = announcer();

  // ---- the pad ----

  const pad = canvas(PAD, PAD, { class: "vae-pad", role: "img", "aria-label": "drawing pad, empty" });
  const stamp = digitCanvas(28, "");

  function drawPad() {
    const pen = pad.context;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, PAD, PAD);
    if (placed) {
      stamp.paint(Array.from(placed, (v) => v / 255));
      pen.imageSmoothingEnabled = false;
      pen.drawImage(stamp.node, 0, 0, PAD, PAD);
    } else if (!strokes.length) {
      pen.fillStyle = "#767676"; pen.font = "16px sans-serif"; pen.textAlign = "center";
      pen.fillText("draw a digit here", PAD / 2, PAD / 2);
    }
    pen.strokeStyle = "#000"; pen.lineWidth = PEN * UNIT; pen.lineCap = pen.lineJoin = "round";
    for (const [[x, y], ...rest] of strokes) {
      pen.beginPath();
      pen.moveTo(x * UNIT, y * UNIT);
      for (const [u, v] of rest.length ? rest : [[x, y]]) pen.lineTo(u * UNIT, v * UNIT);
      pen.stroke();
    }
  }

  // ---- where it lands ----

  const map = plane({
    size: 320, limit, axes: ["z₁", "z₂"], label: "latent plane", backdrop: points.backdrop,
    overlay(pen, toX, toY, ink) {
      if (!code) return;
      const inside = (v) => Math.min(limit, Math.max(-limit, v));
      const x = toX(inside(code.mu[0])), y = toY(inside(code.mu[1])), unit = toX(1) - toX(0);
      const line = (color, width, path) => {
        pen.strokeStyle = color; pen.lineWidth = width;
        pen.beginPath(); path(); pen.stroke();
      };
      const ellipses = (x, y, scale) => [2, 1].forEach((deviations) => {
        const [across, down] = Array.from(code.sigma, (s) => deviations * s * scale);
        const path = () => pen.ellipse(x, y, across, down, 0, 0, 2 * Math.PI);
        line(ink.paper, 4, path);
        line(ink.accent, 2, path);
      });
      line(ink.accent, 1.5, () => {
        pen.moveTo(toX(-limit), y); pen.lineTo(toX(limit), y);
        pen.moveTo(x, toY(-limit)); pen.lineTo(x, toY(limit));
      });
      ellipses(x, y, unit);
      // A well trained encoder is sure of itself to a few pixels: the ellipses again, larger, in a free corner.
      const power = POWERS.find((times) => 2 * Math.max(...code.sigma) * unit * times < LENS - 3);
      if (!power) return;
      const cx = toX(x > toX(0) ? -limit : limit) + (x > toX(0) ? 1 : -1) * (LENS + 2), cy = toY(limit) + LENS + 2;
      pen.fillStyle = ink.paper;
      pen.beginPath(); pen.arc(cx, cy, LENS, 0, 2 * Math.PI); pen.fill();
      line(ink.text, 1, () => pen.arc(cx, cy, LENS, 0, 2 * Math.PI));
      ellipses(cx, cy, unit * power);
      pen.font = "11px sans-serif";
      haloed(pen, `× ${power}`, cx, cy + LENS, ink);
    },
  });

  const input = digitCanvas(112, "what the encoder sees: nothing yet");
  const output = digitCanvas(112, "the reconstruction: nothing yet");
  const figure = (digit, text) => element("figure", {}, digit.node, element("figcaption", {}, text));
  const values = {};
  const line = (name) => element("tr", {}, element("th", { scope: "row" }, name), (values[name] = element("td")));
  const table = element("table", { class: "vae-values" },
    ...["z₁", "z₂", "log P(X|z = μ)", "KL to P(z)"].map(line));

  function draw() {
    pixels = placed ?? (strokes.length ? asMnist(strokes) : null);
    drawPad();
    if (pixels) {
      const x = Float32Array.from(pixels, (v) => v / 255);
      code = encode(encoder, x);
      const f = forward(decoder, code.mu);
      input.paint(x);
      output.paint(likelihood === "bernoulli" ? f.map(sigmoid) : f);
      const place = [0, 1].map((i) => `${number(code.mu[i])} ± ${number(code.sigma[i])}`);
      const terms = [logLikelihood(f, x, likelihood, model.get("pixel_sigma")), klToPrior(code)]
        .map((v) => `${number(v, 1)} nats`);
      Object.values(values).forEach((cell, i) => (cell.textContent = [...place, ...terms][i]));
      pad.node.setAttribute("aria-label", "drawing pad with a digit");
      input.node.setAttribute("aria-label", "what the encoder sees: the digit, centered, 28 by 28 pixels");
      output.node.setAttribute("aria-label", "the reconstruction, decoded at the mean of Q");
      map.node.setAttribute("aria-label", `latent plane: the digit lies at z₁ = ${place[0]}, z₂ = ${place[1]}`);
      say(`z₁ = ${place[0]}, z₂ = ${place[1]}; log P(X|z = μ) = ${terms[0]}; KL to P(z) = ${terms[1]}`);
    } else {
      code = null;
      input.clear();
      output.clear();
      Object.values(values).forEach((cell) => (cell.textContent = "–"));
      pad.node.setAttribute("aria-label", "drawing pad, empty");
      map.node.setAttribute("aria-label", "latent plane: nothing drawn yet");
      say("nothing drawn yet");
    }
    map.draw();
    sync();
  }
  const redraw = onFrame(draw);
  const become = (next) => { ({ strokes, placed } = next); redraw(); };
  const change = (next) => { before.push({ strokes, placed }); become(next); };

  // ---- pointer and buttons ----

  const at = (event) => {
    const box = pad.node.getBoundingClientRect(), inside = (v) => Math.min(28, Math.max(0, 28 * v));
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  };
  onDrag(pad.node, (event) => {
    drawing = true;
    change({ strokes: [...strokes, [at(event)]], placed: null });
  }, (event) => {
    const moves = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1)?.push(...(moves.length ? moves : [event]).map(at));
    redraw();
  }, () => (drawing = false));

  const button = (name, click, attributes = {}) => element("button", { type: "button", click, ...attributes }, name);
  const rows = (label) => [...givenLabels.keys()].filter((i) => givenLabels[i] === label);
  const classes = [...new Set(givenLabels)].sort();
  const turns = {};
  const put = (label) => {
    const choice = rows(label), row = choice[(turns[label] = (turns[label] ?? -1) + 1) % choice.length];
    change({ strokes: [], placed: given.slice(784 * row, 784 * (row + 1)) });
  };
  const puts = classes.length > 1
    ? classes.map((label) => button(`${label}`, () => put(label), { "aria-label": `put another ${label} on the pad` }))
    : [button("another image", () => put(classes[0]))];

  el.classList.add("vae-explorer");
  el.append(element("div", { class: "vae-row", role: "group", "aria-label": "draw a digit explorer" },
    element("div", { class: "vae-column vae-pad-column" }, pad.node,
      element("div", { class: "vae-buttons" },
        button("undo", () => { if (before.length) become(before.pop()); }, { title: "take back the last stroke" }),
        button("clear", () => change({ strokes: [], placed: null }))),
      element("div", {}, "or put one of the images here:"),
      element("div", { class: "vae-puts", role: "group", "aria-label": "put an image on the pad" }, ...puts)),
    element("div", { class: "vae-column vae-map" }, map.node, points.legend,
      element("p", { class: "vae-note" },
        `${model.get("_caption")} Ellipses: 1 and 2 standard deviations of Q(z|X), enlarged in the `
        + "corner where they are small. Dashed: 1, 2 and 3 of P(z).")),
    element("div", { class: "vae-column vae-result" },
      element("div", { class: "vae-figures" }, figure(input, "the encoder sees"), figure(output, "f(μ), decoded")),
      table,
      element("p", { class: "vae-note" }, "Mean ± standard deviation of Q(z|X), then the terms of the bound, the first "
        + "at z = μ rather than averaged over Q."
        + (likelihood === "bernoulli" ? " Gray levels are treated as probabilities." : ""))),
    live));

  const fromPython = () => {
    const next = octets(model.get("pixels")).slice();
    if (drawing || next.every((v, i) => v === (pixels?.[i] ?? 0))) return;
    change({ strokes: [], placed: next.some((v) => v) ? next : null });
  };
  model.on("change:pixels", fromPython);
  const stop = onThemeChange(map.redraw);
  fromPython();
  requestAnimationFrame(() => { map.redraw(); draw(); });
  return () => { model.off("change:pixels", fromPython); stop(); };
}

export default { render };
