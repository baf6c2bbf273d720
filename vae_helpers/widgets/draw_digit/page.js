// DrawDigit: draw a digit and watch the encoder place it on the plane; both networks run here, in the page.
import { haloed, line, outlined } from "../core/chart.js";
import { classPoints } from "../core/classes.js";
import { explorer } from "../core/explorer.js";
import { clamp, encode, floats, forward, klToPrior, logLikelihood, network, octets, sigmoid } from "../core/network.js";
import { button, buttons, canvas, column, digitCanvas, element, note, number, row, values } from "../core/page.js";
import { digitAt } from "../core/pixels.js";
import { plane } from "../core/plane.js";
import { onDrag } from "../core/pointer.js";
import { PEN, asMnist } from "./numbers.js";

const PAD = 252, UNIT = PAD / 28; // the pad, in CSS pixels; strokes are kept in 28ths of it
const LENS = 36, POWERS = [50, 20, 10, 5]; // radius of the magnifying glass in CSS pixels, its magnifications

const isBlank = (pixels) => octets(pixels).every((v) => v === 0);

// What lies on the pad, {strokes, placed}: strokes, an image put there, or neither. `change` renews it, `undo` takes
// that back, `extend` adds points to the last stroke; `adopt(pixels)` puts there what came from Python.
function drawing(app) {
  let now = { strokes: [], placed: null }, own = new DataView(new ArrayBuffer(784));
  const before = [];

  function become(next) {
    now = next;
    const pixels = now.placed ?? (now.strokes.length ? asMnist(now.strokes) : new Uint8Array(784));
    own = new DataView(pixels.slice().buffer);
    app.go({ pixels: own });
  }
  return {
    get now() { return now; },
    change(next) { before.push(now); become(next); },
    undo() { if (before.length) become(before.pop()); },
    extend(points) { now.strokes.at(-1)?.push(...points); become(now); },
    adopt(pixels) {
      const here = octets(own), next = octets(pixels);
      if (pixels === own || next.every((v, i) => v === here[i])) return;
      before.push(now);
      now = { strokes: [], placed: isBlank(pixels) ? null : next.slice() };
      own = pixels;
    },
  };
}

// The pad: what is on it, and the pointer that draws.
function drawingPad(app, paper) {
  const board = canvas(PAD, PAD, { class: "vae-pad", role: "img" }), stamp = digitCanvas(28), { context: pen } = board;
  const at = (event) => board.place(event).map((v) => clamp(v / UNIT, [0, 28]));
  onDrag(board.node, (event) => {
    app.hold(true);
    paper.change({ strokes: [...paper.now.strokes, [at(event)]], placed: null });
  }, (event) => {
    const moves = event.getCoalescedEvents?.() ?? [];
    paper.extend((moves.length ? moves : [event]).map(at));
  }, () => app.hold(false));

  function draw(blank) {
    const { strokes, placed } = paper.now;
    pen.clearRect(0, 0, PAD, PAD);
    pen.fillStyle = pen.strokeStyle = getComputedStyle(board.node).color;
    if (placed) {
      stamp.paint(digitAt(placed, 0));
      pen.imageSmoothingEnabled = false;
      pen.drawImage(stamp.node, 0, 0, PAD, PAD);
    } else if (!strokes.length) {
      pen.globalAlpha = 0.54; pen.font = "16px sans-serif"; pen.textAlign = "center";
      pen.fillText("draw a digit here", PAD / 2, PAD / 2);
      pen.globalAlpha = 1;
    }
    pen.lineWidth = PEN * UNIT; pen.lineCap = pen.lineJoin = "round";
    for (const [first, ...rest] of strokes) {
      pen.beginPath();
      for (const [x, y] of [first, ...(rest.length ? rest : [first])]) pen.lineTo(x * UNIT, y * UNIT);
      pen.stroke();
    }
    board.node.setAttribute("aria-label", `drawing pad${blank ? ", empty" : " with a digit"}`);
  }
  return { node: board.node, draw };
}

// One button a class that puts the next of its images on the pad, or one for all where they have no classes.
function images(app, paper) {
  const given = octets(app.model.get("_images")), labels = octets(app.model.get("_image_labels"));
  const classes = [...new Set(labels)].sort(), turns = {};
  function put(label) {
    const own = [...labels.keys()].filter((i) => labels[i] === label);
    const k = own[(turns[label] = (turns[label] ?? -1) + 1) % own.length];
    paper.change({ strokes: [], placed: given.slice(784 * k, 784 * (k + 1)) });
  }
  const nodes = classes.length > 1
    ? classes.map((label) => button(`${label}`, () => put(label), { "aria-label": `put another ${label} on the pad` }))
    : [button("another image", () => put(classes[0]))];
  return element("div", { class: "vae-puts", role: "group", "aria-label": "put an image on the pad" }, ...nodes);
}

// Q's ellipses of 1 and 2 standard deviations where its mean lies, or at the edge that it lies beyond. A well trained
// encoder is sure of itself to a few pixels: then they are there again, larger, in a free corner.
function drawQ({ pen, toX, toY, margin, floor, right }, ink, { mu, sigma }, limit) {
  const [x, y] = [toX(clamp(mu[0], [-limit, limit])), toY(clamp(mu[1], [-limit, limit]))], unit = toX(1) - toX(0);
  const ellipses = (x, y, scale) => [2, 1].forEach((deviations) => {
    const [across, down] = Array.from(sigma, (s) => deviations * s * scale);
    outlined(pen, { ...ink, text: ink.accent }, () => pen.ellipse(x, y, across, down, 0, 0, 2 * Math.PI), [4, 2]);
  });
  line(pen, ink.accent, 1.5, [[margin.left, y], [right, y]]);
  line(pen, ink.accent, 1.5, [[x, margin.top], [x, floor]]);
  ellipses(x, y, unit);
  const power = POWERS.find((times) => 2 * Math.max(...sigma) * unit * times < LENS - 3);
  if (!power) return;
  const cx = x > toX(0) ? margin.left + LENS + 2 : right - LENS - 2, cy = margin.top + LENS + 2;
  pen.fillStyle = ink.paper; pen.strokeStyle = ink.text; pen.lineWidth = 1;
  pen.beginPath(); pen.arc(cx, cy, LENS, 0, 2 * Math.PI); pen.fill(); pen.stroke();
  ellipses(cx, cy, unit * power);
  haloed(pen, `× ${power}`, cx, cy + LENS + 9, ink, "11px sans-serif");
}

// What the encoder sees, the reconstruction, and the numbers; `draw(pixels)` returns Q's mean and deviations.
function result(app) {
  const { model } = app, likelihood = model.get("likelihood");
  const sent = (name) => network(model.get(`${name}_shapes`), model.get(name));
  const encoder = sent("_encoder"), decoder = sent("_decoder");
  const input = digitCanvas(112, ""), output = digitCanvas(112, "");
  const table = values(["z₁", "z₂", "log P(X|z = μ)", "KL to P(z)"]);
  const figure = (digit, text) => element("figure", {}, digit.node, element("figcaption", {}, text));

  function tell(seen, decoded, texts, words) {
    input.name(`what the encoder sees: ${seen}`);
    output.name(`the reconstruction${decoded}`);
    table.set(texts);
    app.say(words);
  }
  function clear() {
    for (const digit of [input, output]) digit.clear();
    tell("nothing yet", ": nothing yet", ["–", "–", "–", "–"], "nothing drawn yet");
    return null;
  }
  function draw(pixels) {
    const x = digitAt(octets(pixels), 0), code = encode(encoder, x), f = forward(decoder, code.mu);
    input.paint(x);
    output.paint(likelihood === "bernoulli" ? f.map(sigmoid) : f);
    const [z1, z2] = [0, 1].map((i) => `${number(code.mu[i])} ± ${number(code.sigma[i])}`);
    const [first, second] = [logLikelihood(f, x, likelihood, model.get("pixel_sigma")), klToPrior(code)]
      .map((v) => `${number(v, 1)} nats`);
    const place = `z₁ = ${z1}, z₂ = ${z2}`;
    tell("the digit, centered, 28 by 28 pixels", ", decoded at the mean of Q", [z1, z2, first, second],
      `${place}; log P(X|z = μ) = ${first}; KL to P(z) = ${second}`);
    return { ...code, place };
  }
  const gray = likelihood === "bernoulli" ? " Gray levels are treated as probabilities." : "";
  const nodes = [
    element("div", { class: "vae-figures" }, figure(input, "the encoder sees"), figure(output, "f(μ), decoded")),
    table.node,
    note("Mean ± standard deviation of Q(z|X), then the terms of the bound, the first at z = μ rather than averaged "
      + `over Q.${gray}`)];
  return { nodes, draw, clear };
}

function build(app) {
  const { model } = app, limit = model.get("limit"), paper = drawing(app), pad = drawingPad(app, paper);
  const shown = result(app);
  let code = null;
  const points = classPoints(floats(model.get("_codes")), octets(model.get("_labels")), model.get("_colors"), () => {
    map.repaint();
    app.redraw();
  });
  const map = plane({
    size: 320, limit, axes: ["z₁", "z₂"], label: "latent plane: nothing drawn yet", backdrop: points.backdrop,
    overlay: (chart, ink) => code && drawQ(chart, ink, code, limit),
  });

  function draw({ pixels }) {
    paper.adopt(pixels);
    const blank = isBlank(pixels);
    pad.draw(blank);
    code = blank ? shown.clear() : shown.draw(pixels);
    map.draw();
    map.name(`latent plane: ${code ? `the digit lies at ${code.place}` : "nothing drawn yet"}`);
  }
  const hint = "Ellipses: 1 and 2 standard deviations of Q(z|X), enlarged in the corner where they are small. "
    + "Dashed: 1, 2 and 3 of P(z).";
  return {
    nodes: [row(
      column({}, pad.node,
        buttons("change the drawing", button("undo", paper.undo, { title: "take back the last stroke" }),
          button("clear", () => paper.change({ strokes: [], placed: null }))),
        element("div", {}, "or put one of the images here:"), images(app, paper)),
      column({ class: "vae-map" }, map.node, points.legend, note(`${model.get("_caption")} ${hint}`)),
      column({ class: "vae-result" }, ...shown.nodes))],
    draw, repaint: map.repaint,
  };
}

export default { render: (context) => explorer(context, { label: "draw a digit", names: ["pixels"] }, build) };
