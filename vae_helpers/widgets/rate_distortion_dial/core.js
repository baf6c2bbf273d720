// What every explorer shares: the network's arithmetic, digits on canvases, theme colors, controls.
// Python joins this file in front of an explorer's own module, so that each widget is one module with no imports.

// ---- networks ----------------------------------------------------------------------------------------------------

// A multilayer perceptron from its layer shapes [[out, in], ...] and one block of float32: weight, bias, weight, ...
export function network(shapes, bytes) {
  const numbers = floats(bytes);
  let offset = 0;
  const take = (n) => numbers.subarray(offset, (offset += n));
  return shapes.map(([rows, columns]) => ({ rows, columns, weight: take(rows * columns), bias: take(rows) }));
}

// The network's output for one input: W x + b in each layer, GELU (tanh form) after each but the last.
// Numbers that are 0 are passed over: four fifths of a digit's pixels.
export function forward(layers, input) {
  let x = input;
  layers.forEach(({ rows, columns, weight, bias }, layer) => {
    const y = new Float32Array(rows);
    const used = Int32Array.from(x.keys()).filter((column) => x[column] !== 0);
    for (let row = 0; row < rows; row++) {
      let sum = bias[row];
      for (let k = 0, first = row * columns; k < used.length; k++) sum += weight[first + used[k]] * x[used[k]];
      y[row] = layer + 1 < layers.length ? gelu(sum) : sum;
    }
    x = y;
  });
  return x;
}

export const gelu = (x) => 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));

export const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// Mean of P(X|z) in each pixel: f(z) for a Gaussian likelihood, sigmoid(f(z)) for a Bernoulli one.
export function decodeMean(layers, z, likelihood) {
  const f = forward(layers, z);
  return likelihood === "bernoulli" ? f.map(sigmoid) : f;
}

// One draw from P(X|z) for given noise: uniform numbers for Bernoulli pixels, standard normal ones for Gaussian pixels.
export function decodeSample(mean, likelihood, sigma, noise) {
  return mean.map((m, i) => (likelihood === "bernoulli" ? (noise[i] < m ? 1 : 0) : m + sigma * noise[i]));
}

// Q(z|X) for one image: the encoder's output is μ and then log σ².
export function encode(layers, x) {
  const out = forward(layers, x), size = out.length / 2;
  return { mu: out.subarray(0, size), sigma: out.subarray(size).map((logvar) => Math.exp(logvar / 2)) };
}

// log P(X|z) in nats from the decoder's output f: Bernoulli logits, or the means of Gaussian pixels.
export function logLikelihood(f, x, likelihood, sigma) {
  const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
  const constant = Math.log(sigma) + 0.5 * Math.log(2 * Math.PI);
  const term = likelihood === "bernoulli"
    ? (i) => x[i] * f[i] - softplus(f[i])
    : (i) => -0.5 * ((x[i] - f[i]) / sigma) ** 2 - constant;
  let sum = 0;
  for (let i = 0; i < f.length; i++) sum += term(i);
  return sum;
}

// D[Q(z|X)‖P(z)] in nats.
export function klToPrior({ mu, sigma }) {
  let sum = 0;
  mu.forEach((m, i) => (sum += 0.5 * (sigma[i] ** 2 + m * m - 1) - Math.log(sigma[i])));
  return sum;
}

export function pixelNoise(n, likelihood) {
  return Float32Array.from({ length: n }, likelihood === "bernoulli" ? Math.random : normal);
}

// A standard normal number (Box and Muller).
export const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

export const logPrior = (z) => z.reduce((sum, x) => sum - 0.5 * x * x - 0.5 * Math.log(2 * Math.PI), 0);

// Bytes arrive as a DataView that may start anywhere in its buffer; typed arrays want to be aligned.
export function floats(view) {
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}
export function octets(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

// ---- state -------------------------------------------------------------------------------------------------------

// Call at once, then at most every `ms`, the last call never lost.
export function throttle(call, ms) {
  let last = -Infinity, timer = null;
  return () => {
    const wait = last + ms - Date.now();
    if (timer !== null) return;
    const go = () => { timer = null; last = Date.now(); call(); };
    if (wait <= 0) go();
    else timer = setTimeout(go, wait);
  };
}

// Redraw at most once a frame.
export function onFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };
}

// ---- the page ----------------------------------------------------------------------------------------------------

export const number = (v, digits = 2) => v.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");

// z₁, z₂, ...: dimensions are counted from 1, as on the page.
export const subscript = (n) => `${n}`.replace(/\d/g, (d) => "₀₁₂₃₄₅₆₇₈₉"[d]);

// An element: tag, attributes (functions become event listeners), children.
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  // JupyterLab's command keys (arrows, b, d d) would otherwise act on the notebook while a control has the focus.
  if (["button", "input", "select"].includes(tag) || "tabindex" in attributes) {
    node.setAttribute("data-lm-suppress-shortcuts", "true");
    node.addEventListener("keydown", (event) => event.stopPropagation());
  }
  return node;
}

// A labelled slider with its value beside it, and `extra` nodes after the label. `change(value)` hears it move.
export function slider(label, { min, max, step, value, describe = label, extra = [], format = number }, change) {
  const output = element("output", { "aria-hidden": "true" });
  const input = element("input", {
    type: "range", min, max, step, value, "aria-label": describe,
    input: () => { show(+input.value); change(+input.value); },
  });
  // The number shown is the value itself, even where it lies beyond the slider's ends.
  const show = (v) => { output.textContent = format(v); input.setAttribute("aria-valuetext", format(v)); };
  show(value);
  const row = element("label", { class: "vae-slider" }, element("span", {}, label), ...extra, input, output);
  return { row, input, set: (v) => { input.value = v; show(v); } };
}

// The two buttons "show mean" and "show a sample", in step with the trait `show`; `change()` hears each press.
export function showButtons(model, change) {
  const names = { means: "show mean", samples: "show a sample" };
  const buttons = Object.entries(names).map(([choice, name]) => [choice, element("button", {
    type: "button",
    click: () => { model.set("show", choice); model.save_changes(); mark(); change(); },
  }, name)]);
  const mark = () => buttons.forEach(([choice, button]) =>
    button.setAttribute("aria-pressed", String(model.get("show") === choice)));
  mark();
  const group = { class: "vae-buttons", role: "group", "aria-label": "what to show" };
  return { node: element("div", group, ...buttons.map(([, button]) => button)), mark };
}

// Text for screen readers that follows a drag without a flood of announcements.
export function announcer() {
  const node = element("div", { class: "vae-hidden", "aria-live": "polite" });
  let timer = null;
  return { node, say: (text) => { clearTimeout(timer); timer = setTimeout(() => (node.textContent = text), 500); } };
}

// A canvas of width × height CSS pixels, sharp on any screen. A narrow page shrinks it, its proportions kept.
export function canvas(width, height, attributes = {}) {
  const node = element("canvas", attributes);
  const ratio = Math.max(2, Math.ceil(globalThis.devicePixelRatio || 1));
  node.width = width * ratio;
  node.height = height * ratio;
  node.style.width = `${width}px`;
  const context = node.getContext("2d");
  context?.scale(ratio, ratio);
  return { node, context };
}

// A 28×28 canvas enlarged by the page; ink on paper in either theme, as the course prints digits.
export function digitCanvas(size, label) {
  const node = element("canvas", { class: "vae-digit", role: "img", "aria-label": label, width: 28, height: 28 });
  node.style.width = `${size}px`;
  const context = node.getContext("2d");
  const image = context.createImageData(28, 28), words = new Uint32Array(image.data.buffer);
  return {
    node,
    paint(pixels) {
      for (let i = 0; i < 784; i++) {
        const gray = Math.round(255 - 255 * Math.min(1, Math.max(0, pixels[i])));
        words[i] = 0xff000000 | (gray * 0x010101);
      }
      context.putImageData(image, 0, 0);
    },
    clear: () => context.clearRect(0, 0, 28, 28),
  };
}

// Colors of the page's theme, for canvases, which no style sheet reaches.
export function theme(node) {
  const style = getComputedStyle(node);
  const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  return {
    text: read("--jp-ui-font-color1", "#222"),
    faint: read("--jp-border-color1", "#bbb"),
    paper: read("--jp-layout-color0", "#fff"),
    accent: read("--jp-brand-color1", "#1976d2"),
  };
}

// Call `redraw` when the page changes between light and dark; returns the function that stops it.
export function onThemeChange(redraw) {
  const observer = new MutationObserver(() => requestAnimationFrame(redraw));
  const attributeFilter = ["data-jp-theme-light", "data-jp-theme-name", "class"];
  for (const node of [document.body, document.documentElement]) {
    observer.observe(node, { attributes: true, attributeFilter });
  }
  return () => observer.disconnect();
}

// Follow one mouse, finger or pen from press to release, also outside the node.
export function onDrag(node, start, move, end) {
  let pointer = null;
  node.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button > 0) return;
    pointer = event.pointerId;
    try { node.setPointerCapture(pointer); } catch { /* a pointer that a script made up cannot be captured */ }
    node.focus({ preventScroll: true });
    start(event);
    event.preventDefault();
  });
  node.addEventListener("pointermove", (event) => event.pointerId === pointer && move(event));
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
    node.addEventListener(name, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      end(event);
    });
  }
}

// ---- a plane to drag a point over ----------------------------------------------------------------------------------

// A square plot of [-limit, limit]² whose backdrop is drawn once and whose marker follows pointer and arrow keys.
// `backdrop(context, toX, toY, colors)` draws what lies behind; `move([x, y])` hears where the point went. Without
// `move` it is a picture, and `overlay(context, toX, toY, colors)` draws what changes.
export function plane({ size, limit, label, axes, backdrop, overlay, move }) {
  const control = move ? { class: "vae-plane", role: "application", tabindex: 0 } : { role: "img" };
  const { node, context } = canvas(size, size, { ...control, "aria-label": label });
  const behind = canvas(size, size);
  const margin = 26, span = size - 2 * margin;
  const toX = (x) => margin + ((x + limit) / (2 * limit)) * span;
  const toY = (y) => margin + ((limit - y) / (2 * limit)) * span;
  const clamp = (v) => Math.min(limit, Math.max(-limit, v));
  let point = [0, 0], dragging = false;

  function drawBackdrop() {
    const pen = behind.context, colors = theme(node);
    pen.clearRect(0, 0, size, size);
    pen.fillStyle = colors.paper;
    pen.fillRect(0, 0, size, size);
    pen.font = "11px sans-serif";
    pen.lineWidth = 1;
    for (let tick = -Math.floor(limit); tick <= limit; tick++) {
      pen.strokeStyle = colors.faint;
      pen.globalAlpha = tick === 0 ? 1 : 0.35;
      pen.beginPath();
      pen.moveTo(toX(tick), toY(-limit)); pen.lineTo(toX(tick), toY(limit));
      pen.moveTo(toX(-limit), toY(tick)); pen.lineTo(toX(limit), toY(tick));
      pen.stroke();
      pen.globalAlpha = 1;
      pen.fillStyle = colors.text;
      pen.textAlign = "center"; pen.textBaseline = "top";
      pen.fillText(`${tick}`.replace("-", "−"), toX(tick), size - margin + 4);
      pen.textAlign = "right"; pen.textBaseline = "middle";
      pen.fillText(`${tick}`.replace("-", "−"), margin - 5, toY(tick));
    }
    pen.textAlign = "right"; pen.textBaseline = "bottom"; pen.fillText(axes[0], size - 4, size - margin - 4);
    pen.textAlign = "left"; pen.textBaseline = "top"; pen.fillText(axes[1], margin + 4, 6);
    pen.save();
    pen.beginPath(); pen.rect(margin, margin, span, span); pen.clip();
    backdrop?.(pen, toX, toY, colors);
    pen.restore();
  }

  function draw() {
    context.clearRect(0, 0, size, size);
    context.drawImage(behind.node, 0, 0, size, size);
    const colors = theme(node);
    if (overlay) {
      context.save();
      context.beginPath(); context.rect(margin, margin, span, span); context.clip();
      overlay(context, toX, toY, colors);
      context.restore();
    }
    if (!move) return;
    const [x, y] = [toX(point[0]), toY(point[1])];
    for (const [width, style] of [[5, colors.paper], [2, colors.text]]) {
      context.lineWidth = width;
      context.strokeStyle = style;
      context.beginPath();
      context.arc(x, y, 7, 0, 2 * Math.PI);
      context.moveTo(x - 12, y); context.lineTo(x - 3, y); context.moveTo(x + 3, y); context.lineTo(x + 12, y);
      context.moveTo(x, y - 12); context.lineTo(x, y - 3); context.moveTo(x, y + 3); context.lineTo(x, y + 12);
      context.stroke();
    }
  }

  const go = (x, y) => { point = [clamp(x), clamp(y)]; move(point); };
  const follow = (event) => {
    const box = node.getBoundingClientRect();
    const scale = size / box.width;
    const [px, py] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    go(((px - margin) / span) * 2 * limit - limit, limit - ((py - margin) / span) * 2 * limit);
  };
  if (move) onDrag(node, (event) => { dragging = true; follow(event); }, follow, () => (dragging = false));
  if (move) node.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.5 : 0.1;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === "Home") go(0, 0);
    else if (way) go(point[0] + step * way[0], point[1] + step * way[1]);
    else return;
    event.preventDefault();
  });
  return {
    node, draw, toX, toY,
    redraw: () => { drawBackdrop(); draw(); },
    set: (next) => { point = [...next]; },
    get dragging() { return dragging; },
  };
}

// Circles of equal prior density around the origin, at 1, 2 and 3 standard deviations.
export function priorContours(pen, toX, toY, colors) {
  pen.strokeStyle = colors.text;
  pen.setLineDash([4, 4]);
  pen.globalAlpha = 0.55;
  for (const radius of [1, 2, 3]) {
    pen.beginPath();
    pen.arc(toX(0), toY(0), toX(radius) - toX(0), 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

// Text centered at (x, y), legible over whatever lies behind.
export function haloed(pen, text, x, y, ink) {
  pen.textAlign = "center"; pen.textBaseline = "middle"; pen.lineJoin = "round";
  pen.lineWidth = 4; pen.strokeStyle = ink.paper; pen.strokeText(text, x, y);
  pen.fillStyle = ink.text; pen.fillText(text, x, y);
}

// For each class, the point around which it most outweighs the others, apart from the places already taken.
function numeralPlaces(codes, labels, classes) {
  const places = [];
  const near = (x, y, i, radius) => (codes[2 * i] - x) ** 2 + (codes[2 * i + 1] - y) ** 2 < radius * radius;
  for (const label of classes) {
    const own = [...labels.keys()].filter((i) => labels[i] === label);
    const step = Math.ceil(own.length / 60);
    let best = null;
    for (const i of own.filter((_, k) => k % step === 0)) {
      const [x, y] = [codes[2 * i], codes[2 * i + 1]];
      let score = places.some((place) => near(x, y, place.i, 0.5)) ? -1e9 : 0;
      labels.forEach((other, j) => { if (near(x, y, j, 0.35)) score += other === label ? 1 : -1; });
      if (best === null || score > best.score) best = { label, i, score };
    }
    places.push(best);
  }
  return places;
}

// Encoded images as points colored by class, with one button a class that hides the others. `redraw()` hears of it.
export function classPoints(codes, labels, colors, redraw) {
  const classes = [...new Set(labels)].sort(), numerals = numeralPlaces(codes, labels, classes);
  let only = null;
  const shown = (label) => only === null || label === only;

  function backdrop(pen, toX, toY, ink) {
    pen.globalAlpha = 0.75;
    labels.forEach((label, i) => {
      if (!shown(label)) return;
      pen.fillStyle = colors[label];
      pen.beginPath();
      pen.arc(toX(codes[2 * i]), toY(codes[2 * i + 1]), 2.4, 0, 2 * Math.PI);
      pen.fill();
    });
    pen.globalAlpha = 1;
    priorContours(pen, toX, toY, ink);
    if (classes.length < 2) return;
    pen.font = "bold 15px sans-serif"; // numerals, so that color is not the only cue
    for (const { label, i } of numerals) {
      if (shown(label)) haloed(pen, `${label}`, toX(codes[2 * i]), toY(codes[2 * i + 1]), ink);
    }
  }

  const group = { class: "vae-buttons vae-legend", role: "group", "aria-label": "show one class only" };
  const legend = element("div", group);
  for (const label of classes.length > 1 ? classes : []) {
    const chip = element("button", {
      type: "button", "aria-pressed": "false", title: `show only digits of class ${label}`,
      click: () => {
        only = only === label ? null : label;
        for (const other of legend.children) other.setAttribute("aria-pressed", "false");
        chip.setAttribute("aria-pressed", String(only === label));
        redraw();
      },
    }, element("i", { style: `background:${colors[label]}` }), `${label}`);
    legend.append(chip);
  }
  return { backdrop, legend };
}
