// LatentSliders: one slider a latent dimension, most used first, and a walk between the codes of two images.
import {
  announcer, decodeMean, decodeSample, digitCanvas, element, floats, logPrior, network, normal, number, octets, onFrame,
  pixelNoise, showButtons, slider, subscript, throttle,
} from "./core.js";

const SECONDS = 4; // from one end of the walk to the other
const STRIP = 9; // digits shown along the walk

// The point a share t of the way from `start` to `end`.
export const between = (start, end, t) => Array.from(start, (v, i) => (1 - t) * v + t * end[i]);

function render({ model, el }) {
  const likelihood = model.get("likelihood"), use = model.get("use"), order = model.get("order"), size = use.length;
  const layers = network(model.get("_shapes"), model.get("_weights"));
  const codes = floats(model.get("_codes")), pictures = octets(model.get("_images")), count = codes.length / size;
  const code = (i) => codes.subarray(i * size, (i + 1) * size);
  const picture = (i) => Array.from(pictures.subarray(i * 784, (i + 1) * 784), (v) => v / 255);
  let z = [...model.get("z")], noise = pixelNoise(784, likelihood), ends = [0, 1 % count], t = 0, playing = null;

  const sync = throttle(() => { model.set("z", z); model.save_changes(); }, 100);
  const { node: live, say } = announcer();

  // ---- the digit and its sliders ----

  const digit = digitCanvas(224, "the decoded digit");
  const readout = element("div", { class: "vae-readout" });
  const sliders = order.map((dimension) => {
    const nats = `${number(use[dimension])} nats`;
    const bar = element("span", { class: "vae-bar", "aria-hidden": "true" },
      element("i", { style: `width: ${(100 * use[dimension]) / use[order[0]]}%` }));
    const name = `z${subscript(dimension + 1)}`;
    const options = { min: -3, max: 3, step: 0.01, value: z[dimension], describe: `${name}, use ${nats}`,
      extra: [bar, element("span", { class: "vae-use" }, nats)] };
    return slider(name, options, (v) => { pause(); go(z.map((old, i) => (i === dimension ? v : old))); });
  });

  function draw() {
    const mean = decodeMean(layers, z, likelihood);
    const samples = model.get("show") === "samples";
    digit.paint(samples ? decodeSample(mean, likelihood, model.get("sigma"), noise) : mean);
    order.forEach((dimension, k) => sliders[k].set(z[dimension]));
    readout.textContent = `log P(z) = ${number(logPrior(z))} nats`;
    say(readout.textContent);
  }
  const redraw = onFrame(draw);
  const go = (next) => { z = next; redraw(); sync(); };
  const button = (name, click, attributes = {}) => element("button", { type: "button", click, ...attributes }, name);
  const show = showButtons(model, () => { noise = pixelNoise(784, likelihood); draw(); });
  const moves = element("div", { class: "vae-buttons", role: "group", "aria-label": "move z" },
    button("reset", () => { pause(); go(z.map(() => 0)); }, { title: "all dimensions to 0" }),
    button("randomize", () => { pause(); go(z.map(normal)); }, { title: "draw z from P(z)" }));

  // ---- the walk ----

  const thumbnails = ["start", "end"].map((name) => digitCanvas(64, name));
  const strip = Array.from({ length: STRIP }, () => digitCanvas(40, ""));
  strip.forEach(({ node }) => { node.removeAttribute("role"); node.setAttribute("aria-hidden", "true"); });
  const range = { min: 0, max: 1, step: 0.01, value: 0, describe: "t, from the start to the end of the walk" };
  const along = slider("t", range, (v) => { pause(); walk(v); });
  const playButton = button("play", () => (playing ? pause() : play()));

  function showEnds() {
    thumbnails.forEach(({ node, paint }, side) => {
      paint(picture(ends[side]));
      node.setAttribute("aria-label", `${["start", "end"][side]} of the walk: image ${ends[side] + 1} of ${count}`);
    });
    strip.forEach(({ paint }, k) =>
      paint(decodeMean(layers, between(code(ends[0]), code(ends[1]), k / (STRIP - 1)), likelihood)));
  }
  function walk(to) {
    t = to;
    along.set(t);
    go(between(code(ends[0]), code(ends[1]), t));
  }
  function another(side) {
    pause();
    do ends[side] = (ends[side] + 1) % count; while (ends[0] === ends[1] && count > 1);
    showEnds();
    walk(side);
  }
  function pause() {
    playing = null;
    playButton.textContent = "play";
  }
  // Smoothly, or in four still steps for readers who asked their system for less motion.
  function play() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches, mine = (playing = {});
    const later = () => (still ? setTimeout(step, 1000) : requestAnimationFrame(step));
    let before = performance.now();
    function step() {
      if (playing !== mine) return;
      const now = performance.now();
      walk(Math.min(1, t + (still ? 0.25 : (now - before) / (1000 * SECONDS))));
      before = now;
      if (t < 1) later();
      else pause();
    }
    playButton.textContent = "pause";
    walk(t < 1 ? t : 0);
    later();
  }

  const end = (side) => element("div", { class: "vae-end" }, thumbnails[side].node,
    button("another", () => another(side), { "aria-label": `another ${["start", "end"][side]}` }));

  el.classList.add("vae-explorer");
  el.append(element("div", { class: "vae-column", role: "group", "aria-label": "latent sliders explorer" },
    element("div", { class: "vae-row" },
      element("div", { class: "vae-column" }, digit.node, readout, moves, show.node),
      element("div", { class: "vae-column vae-grow" },
        element("div", { class: "vae-dimensions", role: "group", "aria-label": "latent dimensions, most used first" },
          element("div", {}, ...sliders.map((s) => s.row))),
        element("p", { class: "vae-note" }, model.get("_caption")))),
    element("div", { class: "vae-walk", role: "group", "aria-label": "walk between two images" },
      end(0),
      element("div", { class: "vae-column" },
        element("div", { class: "vae-strip" }, ...strip.map((s) => s.node)),
        along.row,
        element("div", { class: "vae-buttons" }, playButton,
          element("span", { class: "vae-note" }, "z = (1 − t) μ(start) + t μ(end)"))),
      end(1)),
    live));

  const fromPython = () => { z = [...model.get("z")]; redraw(); };
  model.on("change:z", fromPython);
  const fromShow = () => { show.mark(); redraw(); };
  model.on("change:show", fromShow);
  showEnds();
  draw();
  return () => { pause(); model.off("change:z", fromPython); model.off("change:show", fromShow); };
}

export default { render };
