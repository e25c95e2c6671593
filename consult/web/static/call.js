"use strict";
// Plays what is heard in a row, gathers keys, and records from the microphone. Without it keys and words still work.
const sounds = [...document.querySelectorAll(".heard audio")];
sounds.forEach((sound) => (sound.controls = false)); // key 9 says it again
const play = (n) => {
  const sound = sounds[n];
  if (!sound) return;
  sound.onended = () => play(n + 1);
  sound.play().catch(() => {});
};
play(0);

const form = document.querySelector(".keypad");
const field = form && form.querySelector("#value");
if (field)
  form.addEventListener("submit", (event) => {
    const key = event.submitter && event.submitter.value;
    if (!key || field.value.length + 1 >= +form.dataset.most || key === "#") {
      if (key) field.value += key;
      if (event.submitter) event.submitter.name = "";
      return;
    }
    event.preventDefault();
    field.value += key;
  });

const RATE = 8000;
const wav = (heard, rate) => {
  const step = rate / RATE;
  const size = Math.floor(heard.length / step);
  const view = new DataView(new ArrayBuffer(44 + 2 * size));
  const write = (at, text) => [...text].forEach((sign, n) => view.setUint8(at + n, sign.charCodeAt(0)));
  write(0, "RIFF"), view.setUint32(4, 36 + 2 * size, true), write(8, "WAVEfmt ");
  view.setUint32(16, 16, true), view.setUint16(20, 1, true), view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true), view.setUint32(28, 2 * RATE, true), view.setUint16(32, 2, true), view.setUint16(34, 16, true);
  write(36, "data"), view.setUint32(40, 2 * size, true);
  for (let n = 0; n < size; n++) view.setInt16(44 + 2 * n, Math.max(-1, Math.min(1, heard[Math.floor(n * step)])) * 32767, true);
  return new Blob([view], { type: "audio/wav" });
};

const button = form && form.querySelector("[data-record]");
if (button && navigator.mediaDevices) {
  button.hidden = false;
  let stop = null;
  const record = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const context = new AudioContext();
    const parts = [];
    const tap = context.createScriptProcessor(4096, 1, 1);
    tap.onaudioprocess = (event) => parts.push(event.inputBuffer.getChannelData(0).slice());
    context.createMediaStreamSource(stream).connect(tap);
    tap.connect(context.destination);
    button.textContent = button.dataset.stop;
    stop = () => {
      stream.getTracks().forEach((track) => track.stop());
      const heard = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      parts.reduce((at, part) => (heard.set(part, at), at + part.length), 0);
      const carried = new DataTransfer();
      carried.items.add(new File([wav(heard, context.sampleRate)], "said.wav"));
      form.querySelector("[name=sound]").files = carried.files;
      HTMLFormElement.prototype.submit.call(form);
    };
    setTimeout(() => stop(), 1000 * form.dataset.tape);
  };
  button.addEventListener("click", () =>
    stop ? stop() : record().catch(() => (form.querySelector("[role=alert]").textContent = form.querySelector("[role=alert]").dataset.refused))
  );
}
