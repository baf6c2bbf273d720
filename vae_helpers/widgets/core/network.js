// Arithmetic that explorers share: bytes as numbers, networks, and the terms of the bound, all as torch computes them.

// Bytes arrive as a DataView that may start anywhere in its buffer; typed arrays want to be aligned.
const aligned = ({ buffer, byteOffset, byteLength }) => buffer.slice(byteOffset, byteOffset + byteLength);
export const floats = (view) => new Float32Array(aligned(view));
export const doubles = (view) => new Float64Array(aligned(view));
export const octets = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

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
    const values = Float64Array.from(used, (column) => x[column]);
    for (let row = 0; row < rows; row++) {
      const sum = bias[row] + product(weight, row * columns, used, values);
      y[row] = layer + 1 < layers.length ? gelu(sum) : sum;
    }
    x = y;
  });
  return x;
}

// Σ of weight[first + used[k]] · values[k], in four sums side by side: one sum would wait for itself at every step.
function product(weight, first, used, values) {
  const count = used.length, whole = count - (count % 4);
  let a = 0, b = 0, c = 0, d = 0;
  for (let k = 0; k < whole; k += 4) {
    a += weight[first + used[k]] * values[k];
    b += weight[first + used[k + 1]] * values[k + 1];
    c += weight[first + used[k + 2]] * values[k + 2];
    d += weight[first + used[k + 3]] * values[k + 3];
  }
  for (let k = whole; k < count; k++) a += weight[first + used[k]] * values[k];
  return a + b + c + d;
}

// The outputs for several inputs, two rows of the weights at two inputs a time: each number that is read serves twice.
export function forwardAll(layers, inputs) {
  let all = inputs.map((x) => Float64Array.from(x));
  layers.forEach(({ rows, columns, weight, bias }, layer) => {
    const next = all.map(() => new Float64Array(rows)), act = layer + 1 < layers.length ? gelu : (v) => v;
    for (let row = 0; row < rows; row += 2) {
      const other = Math.min(row + 1, rows - 1), a = row * columns, b = other * columns;
      for (let k = 0; k < all.length; k += 2) {
        const second = Math.min(k + 1, all.length - 1), x = all[k], y = all[second];
        let ax = bias[row], ay = ax, bx = bias[other], by = bx;
        for (let i = 0; i < columns; i++) {
          const u = weight[a + i], v = weight[b + i];
          ax += u * x[i]; ay += u * y[i]; bx += v * x[i]; by += v * y[i];
        }
        next[k][row] = act(ax); next[k][other] = act(bx);
        next[second][row] = act(ay); next[second][other] = act(by);
      }
    }
    all = next;
  });
  return all;
}

export const gelu = (x) => 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));

export const softplus = (v) => Math.max(v, 0) + Math.log(1 + Math.exp(-Math.abs(v))); // log1p takes three times as long

export const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// Mean of P(X|z) in each pixel: f(z) for a Gaussian likelihood, sigmoid(f(z)) for a Bernoulli one.
const meanOf = (f, likelihood) => (likelihood === "bernoulli" ? f.map(sigmoid) : f);
export const decodeMean = (layers, z, likelihood) => meanOf(forward(layers, z), likelihood);
export const decodeMeans = (layers, several, likelihood) => forwardAll(layers, several).map((f) => meanOf(f, likelihood));

// One draw from P(X|z) for given noise: uniform numbers for Bernoulli pixels, standard normal ones for Gaussian pixels.
export function decodeSample(mean, likelihood, sigma, noise) {
  return mean.map((m, i) => (likelihood === "bernoulli" ? (noise[i] < m ? 1 : 0) : m + sigma * noise[i]));
}

export function pixelNoise(n, likelihood) {
  return Float32Array.from({ length: n }, likelihood === "bernoulli" ? Math.random : normal);
}

// A standard normal number (Box and Muller).
export const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

// Q(z|X) for one image: the encoder's output is μ and then log σ².
export function encode(layers, x) {
  const out = forward(layers, x), size = out.length / 2;
  return { mu: out.subarray(0, size), sigma: out.subarray(size).map((logvar) => Math.exp(logvar / 2)) };
}

// log P(X|z) in nats from the decoder's output f: Bernoulli logits, or the means of Gaussian pixels.
export function logLikelihood(f, x, likelihood, sigma) {
  const constant = Math.log(sigma) + LOG_ROOT_2PI;
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

export const LOG_ROOT_2PI = 0.5 * Math.log(2 * Math.PI);

// log N(x | mean, sd²) of one number, in nats.
export const logNormal = (x, mean, sd) => -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - LOG_ROOT_2PI;

export const logPrior = (z) => z.reduce((sum, v) => sum + logNormal(v, 0, 1), 0);

export const clamp = (v, [low, high]) => Math.min(high, Math.max(low, v));
