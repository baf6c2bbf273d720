// The pad to draw a digit on, or to put one of the given images on: its content is the trait `pixels`, 784 bytes.
import { clamp, octets } from "./network.js";
import { button, canvas, digitCanvas, element } from "./page.js";
import { digitAt } from "./pixels.js";
import { onDrag } from "./pointer.js";
import { PEN, asMnist } from "./strokes.js";

const PAD = 252, UNIT = PAD / 28; // the pad, in CSS pixels; strokes are kept in 28ths of it

export const isBlank = (pixels) => octets(pixels).every((v) => v === 0);

// What lies on the pad, {strokes, placed}: strokes, an image put there, or neither. `change` renews it, `undo` takes
// that back, `extend` adds points to the last stroke; `adopt(pixels)` puts there what came from Python.
export function drawing(app) {
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
export function drawingPad(app, paper) {
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
export function imageButtons(app, paper) {
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
