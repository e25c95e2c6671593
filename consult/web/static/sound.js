"use strict";
// What a telephone hears of a microphone: 8000 samples a second, as a WAV file.
const RATE = 8000;

// What it cannot carry is taken out first (a windowed sinc, 3600 Hz), else it would come back as hiss.
const telephone = (heard, rate) => {
  const step = rate / RATE, reach = 16 * step, fine = 32;
  const weights = Float32Array.from({ length: Math.ceil(reach * fine) + 2 }, (_, n) => {
    const at = (0.9 * n) / fine / step;
    const window = Math.max(0, 0.5 + 0.5 * Math.cos((Math.PI * n) / fine / reach));
    return ((0.9 / step) * window * (at ? Math.sin(Math.PI * at) / (Math.PI * at) : 1));
  });
  return Float32Array.from({ length: Math.floor(heard.length / step) }, (_, n) => {
    const middle = n * step;
    let sum = 0;
    for (let at = Math.max(0, Math.ceil(middle - reach)); at <= Math.min(heard.length - 1, middle + reach); at++)
      sum += heard[at] * weights[Math.round(Math.abs(at - middle) * fine)];
    return Math.max(-1, Math.min(1, sum));
  });
};

const joined = (parts) => {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
};

const wav = (samples) => {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const write = (at, text) => [...text].forEach((sign, n) => view.setUint8(at + n, sign.charCodeAt(0)));
  write(0, "RIFF"), view.setUint32(4, 36 + 2 * samples.length, true), write(8, "WAVEfmt ");
  view.setUint32(16, 16, true), view.setUint16(20, 1, true), view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true), view.setUint32(28, 2 * RATE, true), view.setUint16(32, 2, true), view.setUint16(34, 16, true);
  write(36, "data"), view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, n) => view.setInt16(44 + 2 * n, sample * 32767, true));
  return new Blob([view], { type: "audio/wav" });
};
